"""The bands between the stages: forward moves arch above the columns, moves back and leaving hang below."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tenure.reports import Flow

WIDTH = 100.0  # of one column, in the drawing's own units
HEIGHT = 100.0
THICKEST, THINNEST = 20.0, 1.5


@dataclass(frozen=True)
class Band:
    """One drawn move: an SVG path, its thickness in pixels, where its label stands (in per cent of the drawing)."""

    flow: Flow
    path: str
    thickness: float
    left: float
    top: float
    slot: str
    labelled: bool


@dataclass(frozen=True)
class Drawing:
    """Bands above and below the row of `columns` columns."""

    columns: int
    above: tuple[Band, ...]
    below: tuple[Band, ...]

    @property
    def view_box(self) -> str:
        return f"0 0 {self.columns * WIDTH:.0f} {HEIGHT:.0f}"


def draw(stages: Sequence[str], leaving: set[str], flows: Sequence[Flow], slots: Mapping[str, str]) -> Drawing:
    """Place the flows among the stages; first entries are not drawn (they have no column to come from)."""
    shown = [flow for flow in flows if flow.from_stage in stages and flow.to_stage in stages]
    most = max((flow.moves for flow in shown), default=0)
    bands = [(is_forward(flow, stages, leaving), _band(flow, stages, slots, most, leaving)) for flow in shown]
    return Drawing(
        len(stages),
        tuple(band for forward, band in bands if forward),
        tuple(band for forward, band in bands if not forward),
    )


def is_forward(flow: Flow, stages: Sequence[str], leaving: set[str]) -> bool:
    """Toward the last stage; into a leaving stage never is, out of one always."""
    if flow.to_stage in leaving or flow.from_stage is None:
        return False
    return flow.from_stage in leaving or stages.index(flow.to_stage) > stages.index(flow.from_stage)


def _band(flow: Flow, stages: Sequence[str], slots: Mapping[str, str], most: int, leaving: set[str]) -> Band:
    assert flow.from_stage is not None
    a, b = stages.index(flow.from_stage), stages.index(flow.to_stage)
    above = is_forward(flow, stages, leaving)
    toward = 1 if b > a else -1
    shift = WIDTH * 0.1
    x1, x2 = (a + 0.5) * WIDTH + toward * shift, (b + 0.5) * WIDTH - toward * shift
    reach = HEIGHT * min(0.42 + 0.2 * (abs(b - a) - 1), 0.98)
    foot, apex = (HEIGHT, HEIGHT - reach) if above else (0.0, reach)
    control = foot + (apex - foot) * 4 / 3  # a cubic with both controls there peaks at the apex
    return Band(
        flow=flow,
        path=f"M{x1:.1f},{foot:.1f} C{x1:.1f},{control:.1f} {x2:.1f},{control:.1f} {x2:.1f},{foot:.1f}",
        thickness=round(max(THICKEST * flow.moves / most, THINNEST), 1),
        left=round((x1 + x2) / 2 / (len(stages) * WIDTH) * 100, 2),
        top=round(apex / HEIGHT * 100, 1),
        slot=slots[flow.to_stage],
        labelled=flow.moves >= most * 0.04,
    )
