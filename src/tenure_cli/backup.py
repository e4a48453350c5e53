"""`tenure backup`, `restore` and `verify`: all work while the server runs, but for restoring over it."""

import argparse
import getpass
import os
from pathlib import Path
from typing import Any

from tenure_cli import options, speaking
from tenure_cli.speaking import say, tr


def add(groups: Any) -> None:
    """tenure backup, restore, verify."""
    made = options.command(groups, "backup", tr("write everything into one file"), create)
    made.add_argument("archive", metavar="FILE", nargs="?", help=tr("the new file (default: named by the time)"))
    made.add_argument("--with-secret", action="store_true", help=tr("put the workspace's secret in, unlocked"))
    locked = tr("put the secret in, locked (the passphrase is asked for, or PASSPHRASE)")
    made.add_argument("--passphrase", action="store_true", help=locked)
    made = options.command(groups, "restore", tr("make a workspace from a backup"), restore)
    made.add_argument("archive", metavar="FILE", help=tr("the backup"))
    made.add_argument("folder", metavar="DIR", help=tr("a new folder"))
    made.add_argument("--secret", metavar="FILE", help=tr("the file named secret of the former workspace"))
    made.add_argument("--passphrase", action="store_true", help=tr("the secret is locked (asked for, or PASSPHRASE)"))
    made.add_argument("--database", metavar="URL", default="", help=tr("an empty PostgreSQL database"))
    text = tr("the journal of erasures (default: erasures.jsonl near the backup)")
    made.add_argument("--erasures", metavar="FILE", help=text)
    made = options.command(groups, "verify", tr("check every file of the workspace, or a backup"), verify)
    made.add_argument("archive", metavar="FILE", nargs="?", help=tr("a backup to check instead of the workspace"))


def _passphrase(chosen: argparse.Namespace) -> str:
    if not chosen.passphrase:
        return ""
    return os.environ.get("PASSPHRASE") or getpass.getpass(tr("Passphrase: "))


def create(chosen: argparse.Namespace) -> int:
    """Back up."""
    from tenure.clock import Clock
    from tenure.store import backup

    workspace = options.opened(chosen)
    target = Path(chosen.archive or f"tenure-{Clock('UTC').now():%Y%m%dT%H%M%SZ}.zip")
    phrase = _passphrase(chosen)
    with speaking.bar(tr("Backup")) as progress:
        manifest = backup.create(
            workspace.folder, target, with_secret=chosen.with_secret, passphrase=phrase, progress=progress
        )
    if chosen.json:
        speaking.document({"file": str(target), "bytes": target.stat().st_size, "counts": manifest.counts})
        return 0
    print(tr("Wrote {file} ({size:.1f} MB).", file=target, size=target.stat().st_size / 1e6))
    if not (chosen.with_secret or phrase):
        say(tr("Keep {file} elsewhere too: the backup cannot be used without it.", file=workspace.folder / "secret"))
    return 0


def restore(chosen: argparse.Namespace) -> int:
    """Make a workspace from a backup."""
    from tenure.store import backup

    secret = Path(chosen.secret).read_text().strip() if chosen.secret else ""
    folder = Path(chosen.folder).resolve()
    with speaking.bar(tr("Restore")) as progress:
        manifest = backup.restore(
            Path(chosen.archive),
            folder,
            secret=secret,
            passphrase=_passphrase(chosen),
            database=chosen.database,
            prepare=_tables,
            progress=progress,
        )
    _settle(folder, Path(chosen.archive).name)
    erased = _erase_again(folder, chosen, manifest.made_at)
    if chosen.json:
        found = {"workspace": str(folder), "made_at": manifest.made_at, "counts": manifest.counts, "erased": erased}
        speaking.document(found)
    else:
        text = "{folder} is as it was on {at}. Start it with: tenure up --workspace {folder}"
        print(tr(text, folder=folder, at=manifest.made_at))
        if erased:
            print(tr("Erased again after the backup: {count}.", count=erased))
        say(tr("Sending is stopped: what went out after the backup would go out again. Allow it under Messages."))
    return 0


def _settle(folder: Path, name: str) -> None:
    """Bring the restored database up to date and make it safe to start."""
    import tenure
    from tenure_cli.up import migrate

    migrate(tenure.open(folder))
    from django.conf import settings

    from tenure_web.settings.backup_work import settle
    from tenure_web.worker import workspace

    settings.WORKSPACE = folder
    workspace.forget()
    settle(name)


def _erase_again(folder: Path, chosen: argparse.Namespace, made_at: str) -> int:
    """Erase whom the journal says was erased since the backup was made; the journal is kept in the new workspace."""
    from datetime import datetime

    import tenure
    from tenure.collect.erasure import JOURNAL
    from tenure_web.collect.erasing import reapply

    archive = Path(chosen.archive).resolve()
    near = [Path(chosen.erasures)] if chosen.erasures else [archive.parent / JOURNAL, archive.parent.parent / JOURNAL]
    journal = next((path for path in near if path.is_file()), None)
    if journal is None:
        return 0
    before = journal.read_text("utf-8")
    workspace = tenure.open(folder)
    with workspace.writing():
        erased = reapply(workspace, journal, datetime.fromisoformat(made_at))
    (folder / JOURNAL).write_text(before, "utf-8")
    (folder / JOURNAL).chmod(0o600)
    return erased


def _tables(folder: Path) -> None:
    """The application's tables and the inbox's in an empty PostgreSQL database."""
    import tenure
    from tenure_cli.up import migrate

    workspace = tenure.open(folder)
    migrate(workspace)
    _ = workspace.collect.inbox


def verify(chosen: argparse.Namespace) -> int:
    """Look at everything; 1 when something is wrong."""
    from tenure.store import backup

    with speaking.bar(tr("Verify")) as progress:
        if chosen.archive:
            report = backup.check(Path(chosen.archive), progress)
        else:
            options.web(options.opened(chosen))
            from tenure_web.settings import backup_work

            report = backup_work.verify(progress)
    if chosen.json:
        found = [{"part": each.part, "problem": each.problem} for each in report.findings]
        speaking.document({"sound": report.sound, "counts": report.counts, "findings": found})
        return 0 if report.sound else 1
    for each in report.findings:
        print(f"{each.part}: {speaking.said(each.problem)}")
    print(tr("Everything is sound.") if report.sound else tr("Faults found: {count}.", count=len(report.findings)))
    return 0 if report.sound else 1
