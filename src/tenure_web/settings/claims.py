"""The settings' work for the worker."""

from tenure_web.settings import backup_work

__all__ = ["backup_work"]
