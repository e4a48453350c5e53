"""Backup, restore and verify, on a running installation.

from tenure.store import backup
manifest = backup.create(folder, Path("tenure.zip"))
backup.restore(Path("tenure.zip"), Path("elsewhere"), secret=...)
report = backup.verify(folder)
"""

from tenure.store.backup.archive import Manifest, check, read_manifest
from tenure.store.backup.create import create
from tenure.store.backup.report import Finding, Report
from tenure.store.backup.restore import restore
from tenure.store.backup.verify import verify

__all__ = ["Finding", "Manifest", "Report", "check", "create", "read_manifest", "restore", "verify"]
