"""What `plot_` methods give back: the table behind a picture, and the picture where matplotlib is installed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from tenure.value.histories import Floats

__all__ = ["Plot", "lines", "matrix"]


@dataclass(frozen=True)
class Plot:
    """`table` holds columns of one length by name, one row a mark; `axes` is matplotlib's, None where it is missing."""

    table: Mapping[str, Floats]
    axes: Any


def matrix(table: Mapping[str, Floats], title: str, axes: Any = None) -> Plot:
    """A picture of (across, up, shade), the three columns of a table; cells without a row stay empty."""
    across, up, shade = table
    axes = _axes(axes)
    if axes is not None:
        places, levels = np.unique(table[across]), np.unique(table[up])
        cells = np.full((len(levels), len(places)), np.nan)
        cells[np.searchsorted(levels, table[up]), np.searchsorted(places, table[across])] = table[shade]
        mesh = axes.pcolormesh(places, levels, cells, shading="nearest")
        axes.figure.colorbar(mesh, ax=axes, label=shade.replace("_", " "))
        _named(axes, across, up, title)
    return Plot(table, axes)


def lines(table: Mapping[str, Floats], up: str, title: str, axes: Any = None, steps: bool = False) -> Plot:
    """A picture of every further column of a table over its first one; `steps` stay level until the next row."""
    across, *others = table
    axes = _axes(axes)
    if axes is not None:
        for name in others:
            style = "steps-post" if steps else "default"
            axes.plot(table[across], table[name], drawstyle=style, label=name.replace("_", " "))
        axes.legend()
        _named(axes, across, up, title)
    return Plot(table, axes)


def _named(axes: Any, across: str, up: str, title: str) -> None:
    axes.set(xlabel=across.replace("_", " "), ylabel=up.replace("_", " "), title=title)


def _axes(given: Any) -> Any:
    """The axes given, else new ones; None without matplotlib, which comes with tenure[notebook]."""
    if given is not None:
        return given
    try:
        pyplot = import_module("matplotlib.pyplot")
    except ModuleNotFoundError:
        return None
    return pyplot.subplots()[1]
