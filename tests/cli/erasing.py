"""Run by test_privacy in a process of its own: a workspace that knows Mei in every place, then `tenure` commands."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import tenure
from tenure.definitions import versions
from tenure_cli import options
from tenure_cli.main import main
from tenure_cli.up import migrate

GUESTS = "segments:\n  guests:\n    title: Guests\n    meaning: By hand.\n    file: guests.csv\n"
MEI = {"email": "mei.chen@example.com", "phone": "+8613800138000", "name": "Mei Chenxi"}


def fill(folder: Path) -> None:
    """Mei in store, a fixed list, dead letters, refused lines, profile, messages, notes, consents; Bob beside her."""
    workspace = tenure.init(folder, currency="CNY", zone="Asia/Shanghai")
    now = workspace.clock.now()
    collect = workspace.collect
    key = collect.sources.create_key("site", now)
    mei, told = {"type": "track", "userId": "mei-7731"}, {**MEI, "consent": {"email": True}}
    calls = [
        {"type": "identify", "userId": "mei-7731", "anonymousId": "anon-mei-1", "traits": told},
        {**mei, "event": "Order Completed", "properties": {"order_id": "A1", "total": 5}},
        {**mei, "event": "Order Cancelled", "properties": {"order_id": "A1"}},
        {**mei, "properties": {"email": MEI["email"]}},
        {"type": "identify", "userId": "bob-1", "traits": {"email": "bob@example.com", "name": "Bob"}},
        {"type": "track", "userId": "bob-1", "event": "Order Completed", "properties": {"order_id": "B1", "total": 7}},
    ]
    collect.accept("batch", json.dumps({"batch": calls}).encode(), [key], now)
    with workspace.writing():
        collect.drain_all()
        workspace.store.compact()
        late = {"type": "track", "userId": "mei-7731", "event": "Seen Late"}
        collect.accept("batch", json.dumps({"batch": [late]}).encode(), [key], now)
        collect.drain_all()
        path = folder.parent / "people.csv"
        path.write_text(f"customer,email,time\n,,2026-01-01\nmei-7731,{MEI['email']},never\n", "utf-8")
        collect.load_customers(path, {"customer": "customer", "email": "email", "time": "time"})
        workspace.run()
    (folder / "definitions/segments/guests.csv").write_text("customer\nmei-7731\nbob-1\n", "utf-8")
    versions.change(folder / "definitions", [("segments", "guests", GUESTS)], "Lin", "", now)
    options.web(workspace)
    migrate(workspace)
    from tenure_web.customers import profiles, sync
    from tenure_web.customers.models import Note
    from tenure_web.messages.models import Copy, Message

    with workspace.writing():
        profiles.take(workspace)
        sync.everyone(workspace, now, "time")
    who = workspace.find("mei-7731")
    Note.objects.create(customer_key=who, text=f"{MEI['name']} likes oolong")
    message = Message.objects.create(
        customer_key=who, address=MEI["email"], subject="Dear Mei Chenxi", token="t", planned_at=now, due_at=now
    )
    Copy.objects.create(message=message, html=f"<p>{MEI['name']}</p>", text=MEI["name"], at=datetime.now(UTC))


if __name__ == "__main__":
    folder, archive = Path(sys.argv[1]), sys.argv[2]
    fill(folder)
    at = ("--workspace", str(folder))
    sys.exit(
        main(["backup", archive, "--with-secret", *at])
        or main(["export", "mei-7731", "--file", f"{archive}.person", *at])
        or main(["erase", MEI["email"], "--yes", *at])
    )
