"""Places a journey's tree on a plane, top-down: cards, edges with rounded elbows, and a "+" on every edge.

The main way runs straight down; ways of a branch stand side by side and meet again below; the other way of a check
stands to its right and ends.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tenure.journeys import kind_of

__all__ = ["Card", "Drawing", "Edge", "Plus", "Sign", "draw"]

CARD_WIDTH, CARD_HEIGHT = 248, 92
GAP = 60  # between cards, with the "+" in the middle
ARM = 92  # between a branch and its ways: a label and a "+" find room
ASIDE = 36  # between neighbouring ways
BEND = 10
SIGN_HEIGHT = 28

Steps = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Card:
    """A step's card; x and y are its upper left corner."""

    x: float
    y: float
    step: Mapping[str, Any]


@dataclass(frozen=True)
class Edge:
    """A line as an SVG path; `label` stands at (x, y) where it has one."""

    path: str
    label: str = ""
    x: float = 0
    y: float = 0
    step: Mapping[str, Any] | None = None
    arm: int = -1


@dataclass(frozen=True)
class Plus:
    """Where a step can be put in: list path and position; x and y are its middle."""

    x: float
    y: float
    path: str
    position: int


@dataclass(frozen=True)
class Sign:
    """Where a way ends; x and y are the middle of its upper edge."""

    x: float
    y: float
    kind: str


@dataclass
class Drawing:
    """Everything to paint. While it is made, x = 0 is the line on which the way comes in."""

    cards: list[Card] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    pluses: list[Plus] = field(default_factory=list)
    signs: list[Sign] = field(default_factory=list)
    left: float = -CARD_WIDTH / 2
    right: float = CARD_WIDTH / 2
    height: float = 0

    @property
    def width(self) -> float:
        return self.right - self.left

    def add(self, other: "Drawing", x: float, y: float) -> None:
        """Put another drawing into this one, its line at x, its top at y."""
        self.cards += [replace(card, x=card.x + x, y=card.y + y) for card in other.cards]
        self.pluses += [replace(plus, x=plus.x + x, y=plus.y + y) for plus in other.pluses]
        self.signs += [replace(sign, x=sign.x + x, y=sign.y + y) for sign in other.signs]
        self.edges += [_moved(edge, x, y) for edge in other.edges]
        self.left, self.right = min(self.left, other.left + x), max(self.right, other.right + x)
        self.height = max(self.height, other.height + y)


def _moved(edge: Edge, x: float, y: float) -> Edge:
    words = edge.path.split()
    shifted = [_shift(word, x, y) for word in words]
    return replace(edge, path=" ".join(shifted), x=edge.x + x, y=edge.y + y)


def _shift(word: str, x: float, y: float) -> str:
    if "," not in word:
        return word
    first, second = word.split(",")
    return f"{float(first) + x:g},{float(second) + y:g}"


def draw(steps: Steps) -> Drawing:
    """The drawing of a whole journey, its upper left corner at 0, 0. The first card, without a step, is the trigger."""
    body = _list("steps", steps, 0, ends="end")
    whole = Drawing(left=0, right=0)
    whole.cards.append(Card(-body.left - CARD_WIDTH / 2, 0, {}))
    whole.add(body, -body.left, CARD_HEIGHT)
    whole.left = 0
    return whole


def _list(path: str, steps: Steps, position: int, ends: str = "") -> Drawing:
    """The steps of a list from a position on. `ends` is the sign at its end; without, the way goes on below."""
    drawing = Drawing()
    if position == len(steps):
        drawing.edges.append(_line(0, 0, 0, GAP))
        drawing.pluses.append(Plus(0, GAP / 2, path, position))
        drawing.height = GAP
        if ends:
            drawing.signs.append(Sign(0, GAP, ends))
            drawing.height = GAP + SIGN_HEIGHT
        return drawing
    step = steps[position]
    drawing.edges.append(_line(0, 0, 0, GAP))
    drawing.pluses.append(Plus(0, GAP / 2, path, position))
    drawing.cards.append(Card(-CARD_WIDTH / 2, GAP, step))
    drawing.height = bottom = GAP + CARD_HEIGHT
    kind = kind_of(step)
    if kind == "branch":
        bottom = _arms(drawing, step, bottom)
    rest = _list(path, steps, position + 1, ends)
    if kind == "check":
        _aside(drawing, step, rest, bottom)
        return drawing
    drawing.add(rest, 0, bottom)
    return drawing


def _aside(drawing: Drawing, step: Mapping[str, Any], rest: Drawing, bottom: float) -> None:
    """A check: the way of those who pass goes straight down, that of the others to the right, where it ends."""
    drawing.add(rest, 0, bottom)
    other = _list(f"{step['id']}.otherwise", step["otherwise"], 0, ends="leave")
    x = max(rest.right, CARD_WIDTH / 2) + ASIDE - other.left
    middle = bottom - CARD_HEIGHT / 2
    path = f"M {CARD_WIDTH / 2:g},{middle:g} L {x - BEND:g},{middle:g} Q {x:g},{middle:g} {x:g},{middle + BEND:g}"
    drawing.edges.append(Edge(f"{path} L {x:g},{bottom:g}", "no", x, bottom - 14, step))
    drawing.add(other, x, bottom)


def _arms(drawing: Drawing, step: Mapping[str, Any], top: float) -> float:
    """The ways of a branch, side by side, meeting again; returns where they have met."""
    lists = [(f"{step['id']}.{number}", arm["steps"]) for number, arm in enumerate(step["branch"])]
    lists.append((f"{step['id']}.otherwise", step["otherwise"]))
    arms = [_list(path, steps, 0) for path, steps in lists]
    total = sum(arm.width for arm in arms) + ASIDE * (len(arms) - 1)
    begin, tallest = -total / 2, max(arm.height for arm in arms)
    spread, meet = top + ARM - GAP, top + ARM - GAP + tallest
    for number, arm in enumerate(arms):
        x = begin - arm.left
        drawing.edges.append(_elbow(0, top, x, spread, top + 16, step=step, arm=number))
        drawing.add(arm, x, spread)
        drawing.edges.append(_elbow(x, spread + arm.height, 0, meet + 2 * BEND, meet + BEND))
        begin += arm.width + ASIDE
    drawing.height = meet + 2 * BEND
    return drawing.height


def _line(x: float, y: float, to_x: float, to_y: float) -> Edge:
    return Edge(f"M {x:g},{y:g} L {to_x:g},{to_y:g}")


def _elbow(
    x: float, y: float, to_x: float, to_y: float, turn: float, step: Mapping[str, Any] | None = None, arm: int = -1
) -> Edge:
    """Down to `turn`, across, and down again, with rounded corners."""
    label = "arm" if step is not None else ""
    at = {"label": label, "x": to_x, "y": turn + 22, "step": step, "arm": arm}
    if abs(x - to_x) < 1:
        return Edge(f"M {x:g},{y:g} L {to_x:g},{to_y:g}", **at)  # type: ignore[arg-type]
    bend = min(BEND, abs(to_x - x) / 2) * (1 if to_x > x else -1)
    high = min(BEND, turn - y, to_y - turn)
    path = (
        f"M {x:g},{y:g} L {x:g},{turn - high:g} Q {x:g},{turn:g} {x + bend:g},{turn:g}"
        f" L {to_x - bend:g},{turn:g} Q {to_x:g},{turn:g} {to_x:g},{turn + high:g} L {to_x:g},{to_y:g}"
    )
    return Edge(path, **at)  # type: ignore[arg-type]
