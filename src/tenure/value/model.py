"""What every model has: parameters by name, how sure they are, a verdict, and a plain document of all that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar, Self

import numpy as np

from tenure.errors import UsageError
from tenure.value.fitting import Score, Verdict, climb, covariance_at
from tenure.value.histories import Floats, per_year

__all__ = ["Model"]

GIVEN = Verdict("given", "The parameters were given, not fitted.")
WIDE = 3.0
MANY = 100_000


class Model:
    """A model of purchases or spending. What was fitted ends in an underscore.

    `params_` by name, `log_likelihood_` (None when the parameters were given), `standard_errors_` (None for a parameter
    that the data do not tell), `verdict_` in plain words. `unit` is that of all times: day, week, month or year.
    """

    names: ClassVar[tuple[str, ...]] = ()
    kinds: ClassVar[dict[str, type[Model]]] = {}

    params_: Mapping[str, float]
    log_likelihood_: float | None = None
    customers_: float = 0.0
    covariance_: Floats | None = None
    verdict_: Verdict = GIVEN

    def __init__(self, unit: str = "week") -> None:
        per_year(unit)
        self.unit = unit

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if cls.names:
            Model.kinds[cls.__name__] = cls

    @classmethod
    def from_params(cls, unit: str = "week", **params: float) -> Self:
        """A model with these parameters. Raises UsageError unless they are the model's own, above zero."""
        if set(params) != set(cls.names):
            raise UsageError(f"{cls.__name__} has the parameters {', '.join(cls.names)}; given: {', '.join(params)}.")
        for name, value in params.items():
            if not (np.isfinite(value) and value > 0):
                raise UsageError(f"{cls.__name__}: {name} must be above zero, not {value}.")
        model = cls(unit)
        model.params_ = {name: float(params[name]) for name in cls.names}
        return model

    @property
    def standard_errors_(self) -> Mapping[str, float | None]:
        """The standard error of each parameter, from the curvature of the likelihood."""
        if self.covariance_ is None:
            return dict.fromkeys(self.params_)
        spread = np.sqrt(np.diag(self.covariance_))
        return {
            name: float(value * sd) if 0 < sd <= WIDE else None
            for (name, value), sd in zip(self.params_.items(), spread, strict=False)
        }

    def _climbed(
        self, score: Score, start: Floats, size: float, inverse: Floats | None = None, rows: int = 0
    ) -> Floats:
        """Climb, keep the height, the covariance (of log parameters) and the verdict; returns θ."""
        found = climb(score, start, size, inverse)
        self.covariance_ = covariance_at(score, found.theta, both=False)
        theta, self.log_likelihood_ = _polished(score, found.theta, found.height, self.covariance_)
        self.customers_ = float(size)
        if rows <= MANY:
            self.covariance_ = covariance_at(score, theta)
        self.params_ = {name: float(value) for name, value in zip(self.names, np.exp(theta), strict=False)}
        self.verdict_ = self._judged(found.converged, found.evaluations)
        return theta

    def _judged(self, converged: bool, evaluations: int) -> Verdict:
        if not converged:
            text = "The fit did not reach the top of the likelihood. Use more customers, more time or a simpler model."
            return Verdict("not_converged", text, evaluations)
        unsure = [name for name, error in self.standard_errors_.items() if error is None]
        if unsure:
            text = (
                f"The data do not tell {' and '.join(unsure)}: very different values fit as well."
                " Use the forecasts, not the parameters."
            )
            return Verdict("loose", text, evaluations)
        return Verdict(
            "sound", "The fit reached the top of the likelihood, and the data tell every parameter.", evaluations
        )

    def to_dict(self) -> dict[str, Any]:
        """All of the model as JSON's own types; `from_dict` gives it back."""
        covariance = None if self.covariance_ is None else [[float(v) for v in row] for row in self.covariance_]
        return {
            "model": type(self).__name__,
            "unit": self.unit,
            "params": dict(self.params_),
            "standard_errors": dict(self.standard_errors_),
            "log_likelihood": self.log_likelihood_,
            "customers": self.customers_,
            "covariance": covariance,
            "verdict": asdict(self.verdict_),
            **self._more(),
        }

    def _more(self) -> dict[str, Any]:
        return {}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """The model of a document. Raises UsageError when it is another kind of model."""
        kind = Model.kinds.get(str(document.get("model")))
        if kind is None or not issubclass(kind, cls):
            raise UsageError(f'This document holds "{document.get("model")}", not {cls.__name__}.')
        model = kind(document["unit"])
        model.params_ = dict(document["params"])
        model.log_likelihood_, model.customers_ = document["log_likelihood"], document["customers"]
        model.covariance_ = None if document["covariance"] is None else np.array(document["covariance"])
        model.verdict_ = Verdict(**document["verdict"])
        model._fill(document)
        return model

    def _fill(self, document: Mapping[str, Any]) -> None:
        """Take what `_more` gave."""

    def draws(self, count: int = 100, seed: int = 0) -> list[Self]:
        """Models whose parameters are as sure as this one's: draws from the normal about the top, in logarithms."""
        if self.covariance_ is None:
            return [self]
        theta = np.log([max(self.params_[name], 1e-300) for name in self.names])
        random = np.random.default_rng(seed)
        made = []
        for row in random.multivariate_normal(theta, self.covariance_[: len(theta), : len(theta)], count):
            drawn = type(self)(self.unit)
            drawn.params_ = {name: float(v) for name, v in zip(self.names, np.exp(np.clip(row, -30, 30)), strict=True)}
            drawn._fill(self._more())
            made.append(drawn)
        return made

    def sureness(
        self, forecast: str, *arguments: Any, level: float = 0.9, draws: int = 100, **options: Any
    ) -> tuple[Floats, Floats]:
        """(low, high) of a forecast, by its name, from how unsure the parameters are."""
        found = np.array([getattr(model, forecast)(*arguments, **options) for model in self.draws(draws)])
        low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2], axis=0)
        return low, high

    def __repr__(self) -> str:
        if not hasattr(self, "params_"):
            return f"{type(self).__name__}(unit={self.unit!r}), not fitted yet"
        shown = ", ".join(f"{name}={value:.4g}" for name, value in self.params_.items())
        return f"{type(self).__name__}({shown})"


def _polished(score: Score, theta: Floats, height: float, covariance: Floats | None) -> tuple[Floats, float]:
    """One step of Newton from where a climb stopped: heights no longer tell the way there, slopes still do."""
    if covariance is None:
        return theta, height
    step = covariance @ score(theta)[1]
    if np.abs(step).max() > 0.1:
        return theta, height
    return theta + step, score(theta + step)[0]
