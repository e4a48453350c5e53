"""The same promise where promises live in PostgreSQL (run with --database postgres)."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tenure.errors import UsageError
from tenure.store import backup

FILL = """
import sys, tenure
from datetime import UTC, datetime
from tenure_cli import options, up
shop = tenure.open(sys.argv[1])
up.migrate(shop)
from tenure_web.accounts.models import User
from tenure_web.audit.record import record
lin = User.objects.create_user("lin@example.com", name="Lin\\t\\u6797\\n", role="owner")
record(lin, "team.join", "lin@example.com")
shop.collect.inbox.put(1, "/v1/track", b"{\\x00}", datetime.now(UTC))
"""
LOOK = """
import sys, tenure
from tenure_cli import options
shop = tenure.open(sys.argv[1])
options.web(shop)
from tenure_web.accounts.models import User
from tenure_web.audit.record import record, verify
assert User.objects.get().name == "Lin\\t\\u6797\\n"
assert verify().rows == 1 and verify().number is None
User.objects.create_user("bob@example.com", name="Bob", role="member")
record(None, "still.added")
assert verify().rows == 2
"""


def run(script: str, folder: Path) -> None:
    known = {name: value for name, value in os.environ.items() if not name.startswith("TENURE_")}
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)],
        env={**known, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture
def databases() -> tuple[str, str]:
    """Two empty databases."""
    there = os.environ.get("TENURE_DATABASE_URL", "")
    if not there:
        pytest.skip("needs --database postgres")
    names = (f"backup_from_{os.getpid()}", f"backup_to_{os.getpid()}")
    with psycopg.connect(there, autocommit=True) as con:
        for name in names:
            con.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
            con.execute(f"CREATE DATABASE {name}".encode())
    first, second = (urlsplit(there)._replace(path=f"/{name}").geturl() for name in names)
    return first, second


def test_it_moves_everything_into_another_database(
    databases: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tenure

    monkeypatch.delenv("TENURE_DATABASE_URL")
    shop = tenure.init(tmp_path / "shop", company="Lin's tea", database=databases[0])
    run(FILL, shop.folder)
    manifest = backup.create(shop.folder, tmp_path / "b.zip", with_secret=True)
    assert manifest.database == "postgresql"
    assert manifest.counts["postgresql/app.accounts_user"] == 1
    assert manifest.counts["postgresql/collect.inbox"] == 1
    with pytest.raises(UsageError, match="Name an empty PostgreSQL database"):
        backup.restore(tmp_path / "b.zip", tmp_path / "again")
    tables = "from tenure_cli.backup import _tables; import sys, pathlib; _tables(pathlib.Path(sys.argv[1]))"
    backup.restore(
        tmp_path / "b.zip", tmp_path / "again", database=databases[1], prepare=lambda folder: run(tables, folder)
    )
    run(LOOK, tmp_path / "again")
    report = backup.verify(tmp_path / "again")
    assert report.findings == []
    assert report.counts["postgresql/collect.inbox"] == 1
    with pytest.raises(UsageError, match="in use already"):
        backup.restore(tmp_path / "b.zip", tmp_path / "third", database=databases[1])
    assert not (tmp_path / "third").exists()
