"""The templates of trades: what each would bring and who would stand where, before it is taken over as a version."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tenure import definitions
from tenure.definitions import Definitions, Draft, Trade, Words, versions
from tenure.errors import DefinitionError
from tenure_web.accounts.rights import can, right
from tenure_web.audit.record import record
from tenure_web.definitions.trying import Tried, tried
from tenure_web.stages.views import stages_of
from tenure_web.theme.saying import said
from tenure_web.theme.templatetags.look import told
from tenure_web.worker import workspace

JOURNEYS = ("journeys",)


@dataclass(frozen=True)
class Brought:
    """One definition that a trade brings; `there` when the company has one of this key, which then stays."""

    sort: str
    title: Words
    meaning: Words
    there: bool


def access_trade(key: str) -> Trade:
    """The trade in this address. Raises 404."""
    found = next((each for each in definitions.trades() if each.key == key), None)
    if found is None:
        raise Http404
    return found


@right("definitions.view")
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Every trade with its stages."""
    shop = workspace.current()
    rows = []
    for trade in definitions.trades():
        lifecycle = _its(trade).lifecycles[trade.lifecycle]
        rows.append((trade, stages_of(lifecycle), not _new(trade), shop.settings.lifecycle == trade.lifecycle))
    return render(request, "definitions/trades.html", {"rows": rows})


@right("definitions.view")
@require_GET
def show(request: HttpRequest, key: str) -> HttpResponse:
    """One trade: its stages, all it brings, and how many customers each stage would have today."""
    trade, shop = access_trade(key), workspace.current()
    its = _its(trade)
    new = {(each.sort, each.key) for each in _new(trade)}
    context = {
        "trade": trade,
        "lifecycle": its.lifecycles[trade.lifecycle],
        "stages": stages_of(its.lifecycles[trade.lifecycle]),
        "brought": _brought(trade, its, new),
        "journeys": _journeys(trade),
        "new": len(new),
        "tried": _tried(trade, request.user),
        "on_board": shop.settings.lifecycle == trade.lifecycle,
        "editable": can(request.user, "definitions.edit"),
        "board_too": can(request.user, "settings.edit"),
    }
    return render(request, "definitions/trade.html", context)


@right("definitions.edit")
@require_POST
def take(request: HttpRequest, key: str) -> HttpResponse:
    """Take over what the company does not have yet, as one version; its journeys wait among the ready-made ones."""
    trade, shop = access_trade(key), workspace.current()
    folder = shop.folder / "definitions"
    texts = [(each.sort, each.key, each.after) for each in _new(trade)]
    try:
        definitions.with_texts(folder, texts, shop.settings.currency)
    except DefinitionError as error:
        text = _("It does not fit your definitions: %(problem)s") % {"problem": said(error.problems[0])}
        messages.error(request, text)
        return redirect("trade", key)
    reason = _("Template: %(trade)s") % {"trade": told(trade.title)}
    made = versions.change(folder, texts, str(request.user), reason, shop.clock.now()) if texts else None
    definitions.lay_out(key, folder, JOURNEYS)
    if request.POST.get("board") and can(request.user, "settings.edit"):
        shop.save_settings(shop.settings.changed(lifecycle=trade.lifecycle))
    if made is not None:
        record(request, "definition.trade", key, {"version": made.number})
        messages.success(request, _("Taken over. Everybody is being placed; no journey starts because of it."))
    return redirect("trade", key)


def _its(trade: Trade) -> Definitions:
    """The trade's definitions, with the built-in ones."""
    return _shipped(trade.key, workspace.current().settings.currency)


@lru_cache(maxsize=16)
def _shipped(key: str, currency: str) -> Definitions:
    """They are frozen and ship with the program: read once."""
    return definitions.load(definitions.trade_folder(key), currency)


def _new(trade: Trade) -> list[definitions.Change]:
    """What the company has no definition of that key for."""
    folder = workspace.current().folder / "definitions"
    found = definitions.changes(folder, definitions.pieces(definitions.trade_folder(trade.key)))
    return [each for each in found if each.before is None]


def _brought(trade: Trade, its: Definitions, new: set[tuple[Any, str]]) -> list[Brought]:
    listed = []
    for sort, key, _text in definitions.pieces(definitions.trade_folder(trade.key)):
        found = getattr(its, sort)[key]
        listed.append(Brought(sort, found.title, found.meaning, (sort, key) not in new))
    return listed


def _journeys(trade: Trade) -> list[Words]:
    files = sorted((definitions.trade_folder(trade.key) / "journeys").glob("*.yml"))
    return [Words(**yaml.safe_load(path.read_text("utf-8"))["journey"]["title"]) for path in files]


def _tried(trade: Trade, user: Any) -> Tried:
    """The count of everybody by the trade's stages, with what the company has left as it is."""
    shop = workspace.current()
    texts = [(each.sort, each.key, each.after) for each in _new(trade)]
    try:
        drafted = definitions.with_texts(shop.folder / "definitions", texts, shop.settings.currency)
    except DefinitionError as error:
        return Tried(problems=tuple(error.problems))
    return tried("lifecycles", Draft(trade.lifecycle, drafted, (), ()), user)
