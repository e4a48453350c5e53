"""The bands between the stages: forward moves arch above the columns, moves back and leaving hang below."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tenure.reports import Flow

WIDTH = 100.0  # of one column, in the drawing's own units
HEIGHT = 100.0
THICKEST, THINNEST = 20.0, 1.5
LABEL = (7.0, 18.5)  # what a label takes on a narrow screen, width and height in per cent of the drawing
ALONG = (0.5, 0.38, 0.62, 0.28, 0.72)  # where on its band a label may stand, best first


@dataclass(frozen=True)
class Band:
    """One drawn move: an SVG path, its thickness in pixels, where its label stands (in per cent of the drawing).

    `spots` are the places on the band where the label may stand instead, its peak first.
    """

    flow: Flow
    path: str
    thickness: float
    left: float
    top: float
    slot: str
    labelled: bool
    spots: tuple[tuple[float, float], ...]


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
    above = [band for forward, band in bands if forward]
    below = [band for forward, band in bands if not forward]
    return Drawing(len(stages), _apart(above), _apart(below))


def _apart(bands: Sequence[Band]) -> tuple[Band, ...]:
    """The bands with labels that do not touch: the thickest stay on their peaks, others slide along or go without."""
    placed: dict[int, Band] = {}
    for at in sorted(range(len(bands)), key=lambda at: -bands[at].flow.moves):
        placed[at] = _free(bands[at], [band for band in placed.values() if band.labelled])
    return tuple(placed[at] for at in range(len(bands)))


def _free(band: Band, taken: Sequence[Band]) -> Band:
    if not band.labelled:
        return band
    spots = (replace(band, left=left, top=top) for left, top in band.spots)
    free = (spot for spot in spots if not any(_touch(spot, other) for other in taken))
    return next(free, replace(band, labelled=False))


def _touch(one: Band, other: Band) -> bool:
    return abs(one.left - other.left) < LABEL[0] and abs(one.top - other.top) < LABEL[1]


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
    spots = tuple(_spot(t, x1 / len(stages), x2 / len(stages), foot, apex) for t in ALONG)
    return Band(
        flow=flow,
        path=f"M{x1:.1f},{foot:.1f} C{x1:.1f},{control:.1f} {x2:.1f},{control:.1f} {x2:.1f},{foot:.1f}",
        thickness=round(max(THICKEST * flow.moves / most, THINNEST), 1),
        left=spots[0][0],
        top=spots[0][1],
        slot=slots[flow.to_stage],
        labelled=flow.moves >= most * 0.04,
        spots=spots,
    )


def _spot(t: float, x1: float, x2: float, foot: float, apex: float) -> tuple[float, float]:
    """The point of the band's cubic at `t` (from 0, its start, to 1), in per cent of the drawing."""
    x = x1 * (1 - t) ** 2 * (1 + 2 * t) + x2 * t**2 * (3 - 2 * t)
    y = foot + (apex - foot) * 4 * t * (1 - t)
    return round(x / WIDTH * 100, 2), round(y / HEIGHT * 100, 1)
