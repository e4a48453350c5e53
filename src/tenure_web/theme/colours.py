"""A stage's colour by its place: a perceptual ramp of nine slots from first to last, the leaving stage apart.

theme.css holds the slots as `--stage-1` … `--stage-9` and `--stage-leaving` for both themes; charts.js holds the same
hex values, because ECharts cannot read CSS variables.
"""

SLOTS = 9
LEAVING = "leaving"


def slot(place: int, stages: int) -> str:
    """The slot of the stage at `place` (from 0) among `stages` stages that are not leaving: "1" to "9"."""
    if stages <= 1:
        return "5"
    return str(1 + round(place * (SLOTS - 1) / (stages - 1)))


def slots(keys: list[str], leaving: set[str]) -> dict[str, str]:
    """{stage key: slot} for a lifecycle's stages in their order."""
    staying = [key for key in keys if key not in leaving]
    return {key: LEAVING if key in leaving else slot(staying.index(key), len(staying)) for key in keys}
