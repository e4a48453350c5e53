"""The definitions' pages: all of them, and the editor of one, as a form and as YAML."""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from tenure.definitions import KEY, Draft, Rows, Sort, draft, find, keys_of, parse, rows_of
from tenure.errors import DefinitionError, NotFound
from tenure_web.accounts.rights import can, right
from tenure_web.definitions import counting, cut_points
from tenure_web.definitions.forms import Card, cards, patched
from tenure_web.definitions.odd import odd_lines
from tenure_web.definitions.rows import OPERATORS, choices
from tenure_web.definitions.starting import starting_text
from tenure_web.definitions.trying import tried
from tenure_web.definitions.words import KINDS, NEW, SORTS, title_of
from tenure_web.theme.templatetags.look import told
from tenure_web.worker import workspace

__all__ = ["Edited", "access_definition", "listing", "show", "shown", "try_out"]


@dataclass(frozen=True)
class Edited:
    """A definition in the editor: its text, where it comes from, whether it is new."""

    sort: Sort
    key: str
    text: str
    built_in: bool
    new: bool = False


def access_definition(sort: str, key: str) -> Edited:
    """The definition in this address. Raises 404."""
    if sort not in SORTS:
        raise Http404
    try:
        found = find(workspace.current().folder / "definitions", sort, key)  # type: ignore[arg-type]
    except NotFound as error:
        raise Http404 from error
    return Edited(found.sort, key, found.text, found.built_in)


@right("definitions.view")
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Every lifecycle, segment and feature, the company's own marked."""
    shop = workspace.current().definitions
    points = cut_points.scored(shop.rfm)
    rows = {
        "lifecycles": [(each, len(each.stages)) for each in shop.lifecycles.values()],
        "segments": [(each, each.words(request.LANGUAGE_CODE)[0]) for each in _segments(shop)],
        "features": [(each, KINDS.get(each.kind, each.kind)) for each in _features(shop)],
        "rfm": [(points, points.note)],
    }
    context = {"groups": [(sort, words, rows[sort]) for sort, words in SORTS.items()], "own": _own(shop)}
    context |= {"odd": odd_lines(workspace.current())}
    return render(request, "definitions/list.html", context)


def _segments(shop: Any) -> list[Any]:
    return sorted(shop.segments.values(), key=lambda each: told(each.title))


def _features(shop: Any) -> list[Any]:
    return sorted(shop.features.values(), key=lambda each: (each.built_in, told(each.title)))


def _own(shop: Any) -> int:
    return sum(not each.built_in for each in (*shop.lifecycles.values(), *shop.features.values()))


@right("definitions.view")
@require_GET
def show(request: HttpRequest, sort: str, key: str) -> HttpResponse:
    """One definition in the editor; a feature that stands in a segment's text opens that segment."""
    feature = workspace.current().definitions.features.get(key) if sort == "features" else None
    if feature is not None and feature.within:
        return redirect("definition", "segments", feature.within)
    edited = access_definition(sort, key)
    return render(request, "definitions/editor.html", shown(request, edited, request.GET.get("as", "form")))


@right("definitions.edit")
@require_GET
def new(request: HttpRequest, sort: str) -> HttpResponse:
    """An empty lifecycle, feature or segment to begin with."""
    if sort not in NEW:
        raise Http404
    definitions = workspace.current().definitions
    key, text = starting_text(sort, definitions)  # type: ignore[arg-type]
    edited = Edited(sort, key, text, False, new=True)  # type: ignore[arg-type]
    return render(request, "definitions/editor.html", shown(request, edited, "form"))


def shown(request: HttpRequest, edited: Edited, view: str, problems: tuple[str, ...] = ()) -> dict[str, Any]:
    """What the editor's templates need; a text that is no YAML can only be shown as YAML."""
    shop = workspace.current()
    found = _draft(edited)
    form: list[Card] = []
    if view == "form":
        try:
            form = cards(edited.sort, edited.key, edited.text, edited.new)
        except DefinitionError:
            view = "yaml"
    if edited.sort == "rfm" and form:
        basis = counting.basis()
        form = cut_points.shown_learned(form, basis and basis.learned, found.definitions and found.definitions.rfm)
    pane = tried(edited.sort, found, request.user)
    return {
        "edited": edited,
        "view": view,
        "cards": form,
        "tried": pane,
        "said": problems,
        "rows": _rule_rows(form, found),
        "features": choices((found.definitions or shop.definitions).features),
        "operators": OPERATORS,
        "editable": can(request.user, "definitions.edit"),
        "title": _title(edited, found),
    }


def _draft(edited: Edited) -> Draft:
    shop = workspace.current()
    return draft(shop.folder / "definitions", edited.sort, edited.key, edited.text, shop.settings.currency)


def _title(edited: Edited, found: Draft) -> str:
    if edited.new:
        return str(NEW[edited.sort])
    return title_of(found.definitions or workspace.current().definitions, edited.sort, edited.key) or edited.key


def _rule_rows(form: list[Card], found: Draft) -> dict[str, Rows]:
    """Every rule of the form that can be clicked together, by the name of its input."""
    catalogue = (found.definitions or workspace.current().definitions).features
    rows = {}
    for each in (each for card in form for each in card.inputs if each.kind == "rule" and each.value):
        try:
            simple = rows_of(parse(str(each.value), catalogue))
        except DefinitionError:
            continue
        if simple:
            rows[each.name] = simple
    return rows


@right("definitions.view")
@require_POST
def try_out(request: HttpRequest, sort: str, key: str) -> HttpResponse:
    """The pane for what is typed so far; the whole editor when its shape changes (a stage added, form ⇄ YAML)."""
    edited = posted(request, sort, key)
    doing, view = request.POST.get("do", ""), request.POST.get("to", "") or request.POST.get("view", "form")
    context = shown(request, edited, view)
    whole = doing or request.POST.get("to")
    return render(request, "definitions/_editor.html" if whole else "definitions/_pane.html", context)


def posted(request: HttpRequest, sort: str, key: str) -> Edited:
    """The definition as the page holds it now: its text with what the form says written into it."""
    if sort not in SORTS:
        raise Http404
    text = request.POST.get("text", "")[:300_000].replace("\r\n", "\n")
    new_one = request.POST.get("new") == "yes" and sort in NEW
    edited = Edited(sort, _key(sort, text), text, False, True) if new_one else access_definition(sort, key)  # type: ignore[arg-type]
    if request.POST.get("view") == "form":
        with suppress(DefinitionError):  # a text that is no YAML is shown as it is, with what is wrong
            text = patched(edited.sort, edited.key, text, request.POST.dict(), request.POST.get("do", ""))
    return replace(edited, text=text, key=_key(sort, text) if new_one else key)


def _key(sort: str, text: str) -> str:
    """The key a new text gives itself; "new" as long as it gives none, or more than one."""
    found = keys_of(text, sort)  # type: ignore[arg-type]
    return found[0] if len(found) == 1 and KEY.fullmatch(found[0]) else "new"
