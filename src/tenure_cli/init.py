"""`tenure init`: a new workspace."""

import argparse
from typing import Any

from tenure_cli import options, speaking
from tenure_cli.speaking import tr

CHOICES = ("company", "zone", "currency", "language", "template")


def add(groups: Any) -> None:
    """tenure init DIR."""
    made = options.command(groups, "init", tr("make a workspace in a folder"), run)
    made.add_argument("folder", metavar="DIR", help=tr("the folder; made when it does not exist"))
    made.add_argument("--company", metavar="NAME", help=tr("name of the company"))
    made.add_argument("--zone", metavar="ZONE", help=tr("time zone in which days begin, such as Asia/Shanghai"))
    made.add_argument("--currency", metavar="CUR", help=tr("currency of amounts that name none, such as CNY"))
    made.add_argument("--language", choices=("en", "zh-hans"), help=tr("language of pages and messages"))
    _template(made)


def _template(made: argparse.ArgumentParser) -> None:
    """The trades, each with its name."""
    from tenure.definitions import trades

    found = trades()
    listed = tr(", ").join(tr("{key} ({title})", key=each.key, title=speaking.title(each.title)) for each in found)
    text = tr("trade to start from, with lifecycle, features, segments and journeys: {listed}", listed=listed)
    made.add_argument("--template", metavar="TRADE", choices=[trade.key for trade in found], help=text)


def run(chosen: argparse.Namespace) -> int:
    """Make the folder and say what was assumed."""
    import tenure

    assumed: dict[str, str] = (
        {"language": "zh-hans", "zone": "Asia/Shanghai", "currency": "CNY"} if speaking.language() == "zh" else {}
    )
    asked = {name: value for name in CHOICES if (value := getattr(chosen, name)) is not None}
    workspace = tenure.init(chosen.folder, **{**assumed, **asked})
    settings = workspace.settings
    if chosen.json:
        speaking.document({"workspace": str(workspace.folder), **{name: getattr(settings, name) for name in CHOICES}})
        return 0
    text = "Made a workspace in {folder}: days begin in {zone}, amounts are in {currency}. Change it in {file}."
    file = workspace.folder / "tenure.yml"
    print(tr(text, folder=workspace.folder, zone=settings.zone, currency=settings.currency, file=file))
    print(tr("Next: tenure --help, or start the pages with: tenure up --workspace {folder}", folder=chosen.folder))
    return 0
