"""`tenure demo`: a shop with known truth, its ring turned once, served, with events that keep coming."""

import argparse
import json
import shutil
import time
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tenure_cli import options, speaking, up
from tenure_cli.speaking import say, tr

if TYPE_CHECKING:
    from tenure.samples import Shop
    from tenure.workspace import Workspace

FOLDER = "demo-shop"
MARK = "demo.json"
CUSTOMERS = 20_000
SETTINGS = {
    "en": {"company": "Camellia", "postal_address": "1 Teahouse Lane, Hangzhou, China"},
    "zh-hans": {"company": "山茶小铺", "postal_address": "中国杭州市茶馆巷 1 号"},
}
PEOPLE = (
    ("lin@example.com", {"en": "Lin Wei", "zh-hans": "林薇"}, "owner"),
    ("bob@example.com", {"en": "Bob Chen", "zh-hans": "陈波"}, "manager"),
    ("mei@example.com", {"en": "Mei Zhang", "zh-hans": "张梅"}, "member"),
    ("guest@example.com", {"en": "Guest", "zh-hans": "访客"}, "viewer"),
)


@dataclass(frozen=True)
class Made:
    """What demo.json remembers: how the shop was made, and the key its events come in by."""

    customers: int
    seed: int
    end: str
    language: str
    write_key: str = ""

    @property
    def shop(self) -> "Shop":
        """The same shop again."""
        from tenure.samples import Shop

        end = datetime.fromisoformat(self.end)
        return Shop(self.customers, seed=self.seed, end=end, language=self.language)


def add(groups: Any) -> None:
    """tenure demo [--customers N] [--port P] [--seed S]."""
    made = groups.add_parser("demo", help=tr("make a shop of simulated customers and serve it"))
    made.add_argument(
        "--customers", type=int, metavar="N", default=CUSTOMERS, help=tr("how many customers (default: 20000)")
    )
    made.add_argument("--seed", type=int, metavar="S", default=1, help=tr("another number makes another shop"))
    made.add_argument("--workspace", metavar="DIR", default=FOLDER, help=tr("where it is made (default: demo-shop)"))
    made.add_argument("--no-serve", action="store_true", help=tr("only make the shop"))
    made.add_argument("--trace", action="store_true", help=argparse.SUPPRESS)
    up.network(made)
    made.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Make the shop, or take the one that is there, and serve it until stopped."""
    from tenure_cli import trickling

    folder = Path(chosen.workspace).resolve()
    workspace, made = prepared(folder, chosen)
    if chosen.no_serve:
        return 0
    servers = up.prepared(workspace, chosen.host, chosen.port)
    trickle = trickling.Trickling(made.shop, made.write_key, servers.port)

    def greet() -> None:
        _greet(workspace)
        trickle.start()

    try:
        up.serve(servers, greet)
    finally:
        trickle.stop()
    return 0


def prepared(folder: Path, chosen: argparse.Namespace) -> tuple["Workspace", Made]:
    """The demo's workspace; one that was broken off while being made is made anew."""
    import tenure
    from tenure.errors import UsageError

    found = _read(folder)
    if found and found.write_key:
        say(tr("Taking the shop that is in {folder}.", folder=folder))
        workspace = tenure.open(folder)
        options.web(workspace)
        return workspace, found
    if folder.exists() and found is None and any(folder.iterdir()):
        raise UsageError(tr("{folder} is not a demo shop. Choose another folder with --workspace.", folder=folder))
    shutil.rmtree(folder, ignore_errors=True)
    return _make(folder, chosen)


def _read(folder: Path) -> Made | None:
    path = folder / MARK
    return Made(**json.loads(path.read_text("utf-8"))) if path.is_file() else None


def _write(folder: Path, made: Made) -> None:
    path = folder / MARK
    path.touch(mode=0o600)
    path.write_text(json.dumps(asdict(made), indent=2), "utf-8")


def _make(folder: Path, chosen: argparse.Namespace) -> tuple["Workspace", Made]:
    import tenure
    from tenure.clock import Clock
    from tenure.samples import costs_to_collect, profiles_to, titles_to, to_collect
    from tenure_cli.run import bring_up

    begun = time.monotonic()
    language = "zh-hans" if speaking.language() == "zh" else "en"
    end = Clock("UTC").now().replace(second=0, microsecond=0)
    made = Made(chosen.customers, chosen.seed, end.isoformat(), language)
    folder.mkdir(parents=True)
    _write(folder, made)
    place = {"zone": "Asia/Shanghai", "currency": "CNY", "language": language, "sender_email": "hello@example.com"}
    workspace = tenure.init(folder, **place, **SETTINGS[language])
    say(tr("Making a shop of {count:,} customers and two years in {folder} …", count=made.customers, folder=folder))
    with speaking.bar(tr("Shop")) as progress, workspace.writing():
        loaded = to_collect(made.shop, workspace.collect, progress)
        costs_to_collect(made.shop, workspace.collect)
        titles_to(workspace.folder / "definitions")
        profiles_to(workspace.folder / "definitions")
        workspace.store.compact()
    say(tr("Loaded {count:,} events after {seconds:.0f} s.", count=loaded.accepted, seconds=time.monotonic() - begun))
    with speaking.bar(tr("Run")) as progress:
        bring_up(workspace, progress)
    made = _furnish(workspace, made)
    say(tr("The shop is ready after {seconds:.0f} s.", seconds=time.monotonic() - begun))
    return workspace, made


def _furnish(workspace: "Workspace", made: Made) -> Made:
    """People who use Tenure, running journeys, and the key by which events come in."""
    from tenure.clock import Clock
    from tenure_web.accounts.models import User

    users = [
        User.objects.create_user(email, name=names[made.language], role=role, language=made.language)
        for email, names, role in PEOPLE
    ]
    _start_journeys(users[0])
    key = workspace.collect.sources.create_key("Web shop", Clock("UTC").now())
    made = Made(**{**asdict(made), "write_key": key})
    _write(workspace.folder, made)
    return made


def _start_journeys(owner: Any) -> None:
    """Thanks to whoever orders for the first time from now on, and a word to all who are at risk today.

    The demo has no quiet hours, so that messages are seen at whatever hour somebody tries it.
    """
    from django.utils import timezone

    from tenure_web.journeys import running, starting
    from tenure_web.messages.models import Sending

    Sending.objects.update_or_create(pk=1, defaults={"quiet_start": "08:00", "quiet_end": "08:00"})
    for key, everybody in (("thank_you", False), ("miss_you", True)):
        running.start(starting.create(key, owner), owner, timezone.now(), everybody)


def _greet(workspace: "Workspace") -> None:
    from tenure_web.accounts import first_start

    address, email = workspace.settings.address, PEOPLE[0][0]
    say("")
    say(tr("Tenure is running at {address}", address=address))
    say(tr("Sign in as {email} (the link works once):", email=email))
    print(first_start.sign_in_link(email, address), flush=True)
    say(tr("Events keep coming in. Stop with Ctrl-C."))
