"""Pictures: the table says what the model says, and what is drawn is the table; without matplotlib, the table alone."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from tenure.value import BetaGeo, BetaGeoBetaBinomial, GammaGamma, KaplanMeier, ShiftedBetaGeometric

pytestmark = pytest.mark.thorough  # drawing takes a second to load; the figures drawn are proved without it

MODEL = BetaGeo.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)


@pytest.fixture
def axes():
    """Axes on a figure of no screen."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure()
    FigureCanvasAgg(figure)
    return figure.subplots()


@pytest.fixture
def bare(monkeypatch):
    """A machine without matplotlib."""
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)


def test_the_matrix_of_purchases_is_that_of_the_model(axes):
    drawn = MODEL.plot_expected_purchases(39, T=38, most=3, axes=axes)
    x, t_x, ahead = drawn.table.values()
    assert len(x) == 1 + 3 * 41
    for row in (0, 1, 50, 123):
        assert ahead[row] == MODEL.expected_purchases(39, x[row], t_x[row], 38)[0]
    shown = axes.collections[0].get_array()
    assert shown.count() == len(x)
    assert shown.sum() == pytest.approx(ahead.sum())
    assert axes.get_title() == "Expected purchases in the next 39 weeks"


def test_the_matrix_of_customers_is_that_of_the_model(bare):
    drawn = MODEL.plot_probability_alive(T=38, most=3)
    x, t_x, alive = drawn.table.values()
    assert drawn.axes is None
    assert alive == pytest.approx([MODEL.probability_alive(*row, 38)[0] for row in zip(x, t_x, strict=True)])


def test_a_survival_curve_begins_with_everybody(axes):
    found = KaplanMeier().fit([3, 5, 5, 8], [1, 1, 0, 1])
    drawn = found.plot_survival(axes)
    assert drawn.table["time"].tolist() == [0, 3, 5, 8]
    assert drawn.table["survival"] == pytest.approx([1, *found.survival([3, 5, 8])])
    assert drawn.table["low"].tolist() == [found.interval(0)[0][0], *found.low_]
    survival = axes.lines[0]
    assert survival.get_drawstyle() == "steps-post"
    assert np.column_stack(survival.get_data()).tolist() == np.column_stack([*drawn.table.values()][:2]).tolist()


def test_survival_of_contracts_is_that_of_the_model(bare):
    model = ShiftedBetaGeometric.from_params("year", alpha=0.668, beta=3.806)
    table = model.plot_survival(4).table
    assert table["survival"] == pytest.approx([model.survival(t) for t in range(5)])


def test_the_matrices_of_occasions_are_those_of_the_model(axes, bare):
    model = BetaGeoBetaBinomial.from_params("year", alpha=1.2035, beta=0.7497, gamma=0.6567, delta=2.7834)
    for drawn, name in ((model.plot_expected_purchases(5, 6, axes), "expected_purchases"), (
        model.plot_probability_alive(6), "probability_alive"
    )):  # fmt: skip
        x, t_x, told = drawn.table.values()
        assert len(x) == 1 + 6 * 7 / 2
        asked = [5] if name == "expected_purchases" else []
        one = [getattr(model, name)(*asked, *row, 6)[0] for row in zip(x, t_x, strict=True)]
        assert told == pytest.approx(one)


def test_the_matrix_of_spend_is_that_of_the_model(bare):
    model = GammaGamma.from_params(p=6.25, q=3.74, v=15.44)
    x, z, told = model.plot_expected_spend(100, most=4).table.values()
    assert (len(x), z.max(), x.max()) == (4 * 40, 100, 4)
    assert told == pytest.approx(model.expected_spend(x, z))
    at = (x == 4) & (z == 100)
    assert told[at][0] == pytest.approx(6.25 * (15.44 + 4 * 100) / (4 * 6.25 + 3.74 - 1))
