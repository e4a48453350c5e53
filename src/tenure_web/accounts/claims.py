"""The accounts' work for the worker."""

from tenure_web.accounts import mail

__all__ = ["mail"]
