"""`tenure backtest`: how well the stages of a draft told what came next, beside the present ones."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tenure_cli import options, speaking
from tenure_cli.speaking import tr


def add(groups: Any) -> None:
    """tenure backtest [DEFINITIONS] [--lifecycle K]."""
    text = tr("history restated under a draft, and how well its stages told the next 90 days")
    made = options.command(groups, "backtest", text, run)
    help = tr("a folder or a file with the draft (default: the present definitions alone)")
    made.add_argument("definitions", metavar="DEFINITIONS", nargs="?", help=help)
    made.add_argument("--lifecycle", metavar="K", help=tr("the lifecycle (default: those the draft defines)"))
    made.add_argument("--months", metavar="N", type=int, default=24, help=tr("how many months back (default: 24)"))
    options.as_of(made)


def run(chosen: argparse.Namespace) -> int:
    """Judge each lifecycle under both definitions."""
    workspace = options.opened(chosen)
    drafted, keys = _asked(workspace, chosen)
    moment = workspace.clock.as_of(chosen.as_of)
    found = []
    with speaking.bar(tr("Backtest"), quiet=chosen.json) as progress:
        for number, key in enumerate(keys):
            progress(number / len(keys), key)
            found.append((key, *_judged(workspace, drafted, key, moment, chosen.months)))
    if chosen.json:
        both = [{"lifecycle": key, "present": _document(old), "draft": _document(new)} for key, old, new in found]
        speaking.document({"as_of": moment.text, "horizon_days": 90, "lifecycles": both})
        return 0
    for key, old, new in found:
        _tell(workspace, drafted, key, old, new)
    return 0


def _asked(workspace: Any, chosen: argparse.Namespace) -> tuple[Any, list[str]]:
    """The draft (None: the present definitions) and the lifecycles to judge."""
    from tenure import definitions
    from tenure.errors import NotFound

    if not chosen.definitions:
        return None, [workspace.lifecycle(chosen.lifecycle).key]
    draft = Path(chosen.definitions)
    drafted = definitions.drafted(workspace.folder / "definitions", draft, workspace.settings.currency)
    defined = [key for sort, key, _ in definitions.pieces(draft) if sort == "lifecycles"]
    keys = [chosen.lifecycle] if chosen.lifecycle else defined or [workspace.lifecycle().key]
    if keys[0] not in drafted.lifecycles:
        raise NotFound(tr('There is no lifecycle "{key}" in the draft.', key=keys[0]))
    return drafted, keys


def _judged(workspace: Any, drafted: Any, key: str, moment: Any, months: int) -> tuple[Any, Any]:
    from tenure.stages import backtest

    snapshot = workspace.store.snapshot()
    present = workspace.definitions
    old = backtest(snapshot, present, key, workspace.clock, moment, months) if key in present.lifecycles else None
    new = backtest(snapshot, drafted, key, workspace.clock, moment, months) if drafted is not None else None
    return old, new


def _document(found: Any) -> dict[str, Any] | None:
    if found is None:
        return None
    flows = [{"from": start, "to": end, "moves": moves} for start, end, moves in found.flows]
    return {**asdict(found), "flows": flows, "taken_back_rate": _rate(found)}


def _rate(found: Any) -> float | None:
    return found.taken_back / found.moves if found.moves else None


def _tell(workspace: Any, drafted: Any, key: str, old: Any, new: Any) -> None:
    any_ = new or old
    print(f"\n{key}")
    if not any_.months:
        print(tr("No month is over whose 90 days are complete."))
        return
    ends = tr("{count} month starts from {first} to {last}; the next 90 days of each are the outcome.",
              count=len(any_.months), first=any_.months[0], last=any_.months[-1])  # fmt: skip
    print(ends)
    if any_.left_out:
        days = ", ".join(str(day) for day in any_.left_out)
        print(tr("Left out, their 90 days are not over: {days}.", days=days))
    for found, definitions, name in ((old, workspace.definitions, tr("Now")), (new, drafted, tr("Draft"))):
        if found is not None:
            print(f"\n{name}")
            _tell_stages(workspace, definitions.lifecycles[key], found)
    _tell_flows(old, new, (workspace.definitions, drafted), key)
    _tell_figures(old, new)


def _tell_flows(old: Any, new: Any, definitions: tuple[Any, Any], key: str) -> None:
    """The map of moves of these months: how often customers went from where to where, most frequent first."""
    shown = [(name, each) for name, each in ((tr("Now"), old), (tr("Draft"), new)) if each is not None]
    titles = {
        stage.key: speaking.title(stage.title)
        for each in definitions
        if each is not None and key in each.lifecycles
        for stage in each.lifecycles[key].stages
    }
    counts = [{(start, end): moves for start, end, moves in each.flows} for _, each in shown]
    pairs = list(dict.fromkeys(pair for found in reversed(counts) for pair in found))
    print("\n" + tr("Moves of these months"))
    head = [tr("From"), tr("To"), *(name for name, _ in shown)]
    speaking.table(head, [
        [titles[start] if start else tr("(new)"), titles[end], *(found.get((start, end), 0) for found in counts)]
        for start, end in pairs
    ])  # fmt: skip


def _tell_stages(workspace: Any, lifecycle: Any, found: Any) -> None:
    from tenure import money

    currency = workspace.settings.currency
    titles = {stage.key: speaking.title(stage.title) for stage in lifecycle.stages}
    head = [tr("Stage"), tr("Customer months"), tr("Revenue each"), tr("Lift"), tr("No order"), tr("Lift")]
    speaking.table(head, [
        [titles[s.stage], s.customers, "-" if s.revenue is None else money.text(round(s.revenue), currency),
         _times(s.revenue_lift), "-" if s.loss is None else f"{s.loss:.1%}", _times(s.loss_lift)]
        for s in found.stages
    ])  # fmt: skip


def _tell_figures(old: Any, new: Any) -> None:
    figures = [
        (tr("AUC of loss, by the order of the stages"), lambda b: _auc(b.separation.order_loss)),
        (tr("AUC of loss, by the stages' earlier rates"), lambda b: _auc(b.separation.rates_loss)),
        (tr("Concordance with revenue, by the order of the stages"), lambda b: _auc(b.separation.order_revenue)),
        (tr("Concordance with revenue, by the stages' earlier rates"), lambda b: _auc(b.separation.rates_revenue)),
        (tr("Shift of the shares from month to month (PSI), mean"), lambda b: _auc(b.shift)),
        (tr("The same, the largest"), lambda b: _auc(b.worst_shift)),
        (tr("Moves taken back within 30 days"), lambda b: speaking.share(b.taken_back, b.moves)),
        (tr("of so many moves"), lambda b: f"{b.moves:,}"),
    ]
    columns = [(tr("Now"), old), (tr("Draft"), new)]
    shown = [(name, each) for name, each in columns if each is not None]
    print()
    speaking.table([tr("Figure"), *(name for name, _ in shown)], [
        [name, *(told(each) for _, each in shown)] for name, told in figures
    ])  # fmt: skip


def _auc(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _times(value: float | None) -> str:
    return "-" if value is None else f"× {value:.2f}"
