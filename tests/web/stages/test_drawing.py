"""The bands: where they run and how thick they are."""

from tenure.reports import Flow
from tenure_web.stages.drawing import LABEL, THICKEST, THINNEST, draw
from tenure_web.theme.colours import slots

STAGES = ["a", "b", "c", "gone"]
SLOTS = slots(STAGES, {"gone"})


def flow(start: str | None, end: str, moves: int) -> Flow:
    return Flow(start, end, moves, moves, None)


def test_forward_is_above_and_back_or_leaving_below() -> None:
    flows = [flow("a", "b", 9), flow("c", "a", 1), flow("b", "gone", 5), flow("gone", "a", 2), flow(None, "a", 50)]
    drawing = draw(STAGES, {"gone"}, flows, SLOTS)
    assert [(band.flow.from_stage, band.flow.to_stage) for band in drawing.above] == [("a", "b"), ("gone", "a")]
    assert [(band.flow.from_stage, band.flow.to_stage) for band in drawing.below] == [("c", "a"), ("b", "gone")]


def test_thickness_is_people() -> None:
    drawing = draw(STAGES, {"gone"}, [flow("a", "b", 1000), flow("b", "c", 500), flow("a", "c", 1)], SLOTS)
    assert [band.thickness for band in drawing.above] == [THICKEST, THICKEST / 2, THINNEST]
    assert [band.labelled for band in drawing.above] == [True, True, False]


def test_longer_ways_arch_higher() -> None:
    near, far = draw(STAGES, set(), [flow("a", "b", 1), flow("a", "c", 1)], SLOTS).above
    assert far.top < near.top


def test_colours_run_from_first_to_last_and_leaving_stands_apart() -> None:
    assert slots(["a", "b", "c", "d", "x"], {"x"}) == {"a": "1", "b": "4", "c": "6", "d": "9", "x": "leaving"}
    assert slots(["only"], set()) == {"only": "5"}


def test_labels_of_bands_never_touch_and_the_thickest_keeps_its_peak() -> None:
    stages = ["a", "b", "c", "d", "e", "f"]
    flows = [flow(x, y, 50 + i + j) for i, x in enumerate(stages) for j, y in enumerate(stages) if i < j]
    above = draw(stages, set(), flows, slots(stages, set())).above
    assert [band.flow for band in above] == flows
    shown = [band for band in above if band.labelled]
    assert len(shown) >= len(flows) - 3
    for at, one in enumerate(shown):
        for other in shown[:at]:
            assert abs(one.left - other.left) >= LABEL[0] or abs(one.top - other.top) >= LABEL[1]
    thickest = max(above, key=lambda band: band.flow.moves)
    assert (thickest.left, thickest.top) == thickest.spots[0]
