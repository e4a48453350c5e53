"""What the models of buying-until-lost share: fitting with covariates, forecasts with intervals, discounted value.

A model says how likely one history is (`_rows`), who is still a customer (`_alive`), and what one who is will buy
(`_mean`, `_reach`); everything else stands here once.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from tenure.errors import UsageError
from tenure.value.ahead import Ahead
from tenure.value.fitting import Score, Verdict, climb, covariance_at
from tenure.value.histories import Floats, Histories, checked, column, per_year
from tenure.value.model import Model
from tenure.value.plots import Plot, matrix
from tenure.value.reckoning import digamma_rise, gamma_rise

__all__ = ["Attrition", "Params"]

Params = Mapping[str, Any]
"""Natural parameters by name: numbers, or one a row where covariates shift them."""

FIRST_LOOK = 3_000
MANY = 100_000
CHUNK = 8_192
NO_GAIN = 1.0
MOST = 100_000


class Attrition(Model, ABC):
    """Customers buy at a rate of their own until each is lost, unseen. All times are in `unit`."""

    rate: ClassVar[str] = "alpha"
    loss: ClassVar[tuple[str, str]]
    loss_sign: ClassVar[float]
    none_lost: ClassVar[Mapping[str, float]]
    start: ClassVar[Mapping[str, float]]

    purchase_effects_: tuple[float, ...] = ()
    loss_effects_: tuple[float, ...] = ()

    def fit(
        self,
        frequency: ArrayLike,
        recency: ArrayLike,
        T: ArrayLike,
        weights: ArrayLike | None = None,
        covariates: ArrayLike | None = None,
    ) -> Self:
        """Learn from one row a customer (or one a kind of customer, with `weights`); returns the model itself.

        `covariates` (one column each, fixed in time) shift the purchase rate and the loss: a positive effect means more
        purchases, and a quicker loss. Raises UsageError when the data cannot teach a rate.
        """
        histories = checked(frequency, recency, T, weights, covariates)
        _refuse_empty(histories)
        scale = float(np.average(histories.T, weights=histories.weights))
        self._learn(histories.joined().scaled(scale), scale)
        return self

    def _learn(self, histories: Histories, scale: float) -> None:
        score, size = self._score(histories), float(histories.weights.sum())
        theta, inverse = self._first_look(histories)
        found = self._climbed(score, theta, size, inverse, len(histories))
        width = histories.covariates.shape[1]
        effects = found[len(self.names) :]
        self.purchase_effects_, self.loss_effects_ = tuple(effects[:width]), tuple(effects[width:])
        self._doubt(histories, size)
        self._unscale(scale, float((histories.x * histories.weights).sum()))

    def _first_look(self, histories: Histories) -> tuple[Floats, Floats | None]:
        """Where to begin: the top over a part of the customers, which costs little and saves most of the climb."""
        bought = float(histories.x @ histories.weights / (histories.T @ histories.weights))
        values = {**self.start, self.rate: self.start["r"] / bought}
        theta = np.array([math.log(values[name]) for name in self.names] + [0.0] * (2 * histories.covariates.shape[1]))
        if len(histories) <= 2 * FIRST_LOOK:
            return theta, None
        few = histories.some(FIRST_LOOK)
        score, size = self._score(few), float(few.weights.sum())
        found = climb(score, theta, size).theta
        covariance = covariance_at(score, found)
        return found, None if covariance is None else covariance * size

    def _score(self, histories: Histories) -> Score:
        """The log-likelihood of all histories and its gradient by θ: log parameters, then effects."""
        width = histories.covariates.shape[1]
        parts = [histories.at(slice(at, at + CHUNK)) for at in range(0, len(histories), CHUNK)]

        def score(theta: Floats) -> tuple[float, Floats]:
            total = np.zeros(1 + len(self.names) + 2 * width)
            for part in parts:
                total += self._part_score(theta, part)
            return float(total[0]), total[1:]

        return score

    def _part_score(self, theta: Floats, part: Histories) -> Floats:
        """Height and slopes over some rows: few enough that they stay in the processor's own memory."""
        weights, Z = part.weights, part.covariates
        params = self._shifted(theta, Z)
        heights, slopes = self._rows(params, part)
        main = [float(weights @ heights), *(float(weights @ (slopes[name] * params[name])) for name in self.names)]
        if not Z.shape[1]:
            return np.array(main)
        by_rate = -weights * slopes[self.rate] * params[self.rate]
        by_loss = self.loss_sign * weights * slopes[self.loss[0]] * params[self.loss[0]]
        return np.array([*main, *(Z.T @ by_rate), *(Z.T @ by_loss)])

    def _shifted(self, theta: Floats, Z: Floats) -> dict[str, Any]:
        """Natural parameters of θ, shifted by covariates: rate by e^-γz (alpha is time), loss by e^±δz."""
        params: dict[str, Any] = dict(zip(self.names, np.exp(theta[: len(self.names)]), strict=True))
        width = Z.shape[1]
        if width:
            effects = theta[len(self.names) :]
            params[self.rate] = params[self.rate] * np.exp(-Z @ effects[:width])
            params[self.loss[0]] = params[self.loss[0]] * np.exp(self.loss_sign * Z @ effects[width:])
        return params

    def _doubt(self, histories: Histories, size: float) -> None:
        """Compare with a model in which nobody is lost; when that fits as well, say so and take it."""
        if histories.covariates.shape[1]:
            return
        theta = np.log([self.params_["r"], self.params_[self.rate]])
        if len(histories) > MANY:
            few = histories.some(FIRST_LOOK)
            here = np.log([self.params_[name] for name in self.names])
            gain = self._score(few)(here)[0] - climb(lambda at: self._never_lost(at, few), theta, FIRST_LOOK).height
            if gain * len(histories) / FIRST_LOOK > 1000 * NO_GAIN:
                return
        plain = climb(lambda at: self._never_lost(at, histories), theta, size)
        if (self.log_likelihood_ or 0.0) - plain.height >= NO_GAIN:
            return
        r, alpha = (float(value) for value in np.exp(plain.theta))
        self.params_ = {**self.params_, "r": r, self.rate: alpha, **self.none_lost}
        self.log_likelihood_, self.covariance_ = plain.height, None
        text = (
            "Nothing in these data shows that customers are lost: a model without loss fits as well."
            " The chance of still being a customer is 1 for everybody, and it means nothing here;"
            " use the chance of no purchase in a stated time instead."
        )
        self.verdict_ = Verdict("no_dropout", text, self.verdict_.evaluations)

    def _never_lost(self, theta: Floats, histories: Histories) -> tuple[float, Floats]:
        """The height, and its slopes by log rates, of the same purchases with nobody lost."""
        return _never_lost(theta, histories)

    def _unscale(self, scale: float, purchases: float) -> None:
        """From times in mean ages back to the unit. A density in time changes with the unit, by scale per purchase."""
        self.params_ = {n: v * (scale if n in self._times() else 1.0) for n, v in self.params_.items()}
        self.log_likelihood_ = (self.log_likelihood_ or 0.0) - purchases * math.log(scale)

    def _times(self) -> tuple[str, ...]:
        return (self.rate,)

    def _more(self) -> dict[str, Any]:
        return {"purchase_effects": list(self.purchase_effects_), "loss_effects": list(self.loss_effects_)}

    def _fill(self, document: Mapping[str, Any]) -> None:
        self.purchase_effects_ = tuple(document["purchase_effects"])
        self.loss_effects_ = tuple(document["loss_effects"])

    # What a model says.

    @abstractmethod
    def _rows(self, params: Params, histories: Histories) -> tuple[Floats, Mapping[str, Any]]:
        """Each history's log-likelihood, and its slope by each natural parameter."""

    @abstractmethod
    def _alive(self, params: Params, histories: Histories) -> Floats:
        """The chance that each is still a customer."""

    @abstractmethod
    def _mean(self, params: Params, histories: Histories, ahead: Ahead) -> Floats:
        """Expected purchases ahead, discounted, of those who are still customers."""

    @abstractmethod
    def _silent(self, params: Params, histories: Histories, t: float) -> Floats:
        """The chance that each, customer or lost, buys nothing in the next t: a sum of positive terms."""

    @abstractmethod
    def _reach(self, params: Params, histories: Histories, t: float, count: int) -> Floats:
        """The chance of `count` purchases or more in the next t of those who are still customers."""

    # What one asks.

    def log_likelihood(
        self, frequency: ArrayLike, recency: ArrayLike, T: ArrayLike, covariates: ArrayLike | None = None
    ) -> Floats:
        """Each history's log-likelihood; their sum is the fit's."""
        histories = checked(frequency, recency, T, None, covariates)
        return np.asarray(self._rows(self._params(histories), histories)[0])

    def probability_alive(
        self, frequency: ArrayLike, recency: ArrayLike, T: ArrayLike, covariates: ArrayLike | None = None
    ) -> Floats:
        """The chance that each is still a customer at T."""
        histories = checked(frequency, recency, T, None, covariates)
        return self._alive(self._params(histories), histories)

    def expected_purchases(
        self, t: float, frequency: ArrayLike, recency: ArrayLike, T: ArrayLike, covariates: ArrayLike | None = None
    ) -> Floats:
        """How many purchases each will make in the next t."""
        histories, params = self._asked(frequency, recency, T, covariates)
        return _spread(self._alive(params, histories) * self._mean(params, histories, Ahead(_length(t))), histories)

    @abstractmethod
    def expected_purchases_new(self, t: float) -> float:
        """How many repeat purchases somebody who just bought for the first time will make in t."""

    def probability_no_purchase(
        self, t: float, frequency: ArrayLike, recency: ArrayLike, T: ArrayLike, covariates: ArrayLike | None = None
    ) -> Floats:
        """The chance that each buys nothing in the next t: because lost, or not yet."""
        histories, params = self._asked(frequency, recency, T, covariates)
        return _spread(self._silent(params, histories, _length(t)), histories)

    def probability_at_least(
        self,
        count: int,
        t: float,
        frequency: ArrayLike,
        recency: ArrayLike,
        T: ArrayLike,
        covariates: ArrayLike | None = None,
    ) -> Floats:
        """The chance that each makes `count` purchases or more (one at least) in the next t."""
        if count < 1:
            raise UsageError(f"count must be 1 or more, not {count}.")
        histories, params = self._asked(frequency, recency, T, covariates)
        return _spread(self._alive(params, histories) * self._reach(params, histories, _length(t), count), histories)

    def purchases_interval(
        self,
        t: float,
        frequency: ArrayLike,
        recency: ArrayLike,
        T: ArrayLike,
        level: float = 0.9,
        covariates: ArrayLike | None = None,
    ) -> tuple[Floats, Floats]:
        """(low, high): whole numbers that hold each customer's purchases in the next t with at least this chance."""
        histories, params = self._asked(frequency, recency, T, covariates)
        tail = (1 - _share(level)) / 2
        alive = self._alive(params, histories)
        low, high = np.zeros(len(histories)), np.zeros(len(histories))
        left = np.arange(len(histories))
        for count in range(1, MOST):
            here = histories.at(left)
            chance = alive[left] * self._reach(_taken(params, left), here, _length(t), count)
            low[left] += chance >= 1 - tail
            high[left] += chance > tail
            left = left[chance > tail]
            if not len(left):
                break
        return _spread(low, histories), _spread(high, histories)

    def expected_value(
        self,
        t: float,
        frequency: ArrayLike,
        recency: ArrayLike,
        T: ArrayLike,
        spend: ArrayLike = 1.0,
        discount: float = 0.0,
        covariates: ArrayLike | None = None,
    ) -> Floats:
        """What each will spend in the next t at `spend` a purchase; `discount` is the rate a year."""
        histories, params = self._asked(frequency, recency, T, covariates)
        ahead = Ahead(_length(t), math.log1p(_rate(discount)) / per_year(self.unit))
        purchases = _spread(self._alive(params, histories) * self._mean(params, histories, ahead), histories)
        return purchases * column("spend", spend, len(purchases))

    def plot_expected_purchases(self, t: float, T: float, most: int = 20, axes: Any = None) -> Plot:
        """Purchases in the next t by frequency (up to `most`) and recency, of customers who came T ago."""
        x, t_x = _grid(T, most)
        table = {"frequency": x, "recency": t_x, "expected_purchases": self.expected_purchases(t, x, t_x, T)}
        return matrix(table, f"Expected purchases in the next {t:g} {self.unit}s", axes)

    def plot_probability_alive(self, T: float, most: int = 20, axes: Any = None) -> Plot:
        """The chance of being a customer by frequency (up to `most`) and recency, of customers who came T ago."""
        x, t_x = _grid(T, most)
        table = {"frequency": x, "recency": t_x, "probability_alive": self.probability_alive(x, t_x, T)}
        return matrix(table, "Probability of being a customer", axes)

    def _params(self, histories: Histories) -> Params:
        if not hasattr(self, "params_"):
            raise UsageError(f"{type(self).__name__} is not fitted yet. Call fit, or make it with from_params.")
        width = len(self.purchase_effects_)
        if histories.covariates.shape[1] != width:
            given = histories.covariates.shape[1]
            raise UsageError(f"Covariates: the model was fitted with {width}, but {given} are given.")
        params: dict[str, Any] = dict(self.params_)
        if width:
            params[self.rate] = params[self.rate] * np.exp(-histories.covariates @ np.array(self.purchase_effects_))
            shift = np.exp(self.loss_sign * histories.covariates @ np.array(self.loss_effects_))
            params[self.loss[0]] = params[self.loss[0]] * shift
        return params

    def _asked(self, *columns: Any) -> tuple[Histories, Params]:
        """Checked rows, equal ones once, and their parameters."""
        frequency, recency, T, covariates = columns
        histories = checked(frequency, recency, T, None, covariates).joined()
        return histories, self._params(histories)


def _grid(T: float, most: int) -> tuple[Floats, Floats]:
    """Every (frequency, recency) that can be: 0 goes with 0 alone; recency in 40 steps."""
    x, t_x = np.meshgrid(np.arange(most + 1.0), np.linspace(0, _length(T), 41))
    can_be = (x > 0) | (t_x == 0)
    return x[can_be], t_x[can_be]


def _refuse_empty(histories: Histories) -> None:
    if not len(histories) or not histories.weights.sum():
        raise UsageError("There is no customer to learn from.")
    if not (histories.x @ histories.weights):
        raise UsageError("Nobody has bought a second time yet, so there is no purchase rate to learn.")
    if not (histories.T[histories.weights > 0].max() > 0):
        raise UsageError("All purchases are of one day, so there is no time to learn a rate from.")


def _never_lost(theta: Floats, histories: Histories) -> tuple[float, Floats]:
    """The log-likelihood of the NBD (rate Gamma(r, alpha), nobody lost) and its gradient by log r, log alpha."""
    r, alpha = np.exp(theta)
    x, age, weights = histories.x, np.log1p(histories.T / alpha), histories.weights
    heights = gamma_rise(r, x) - (r + x) * age - x * math.log(alpha)
    by_r = r * (digamma_rise(r, x) - age)
    by_alpha = (r * histories.T - x * alpha) / (alpha + histories.T)
    return float(weights @ heights), np.array([float(weights @ by_r), float(weights @ by_alpha)])


def _spread(values: Floats, histories: Histories) -> Floats:
    """From rows joined back to rows given."""
    return values if histories.of is None else values[histories.of]


def _taken(params: Params, rows: Any) -> Params:
    return {name: value[rows] if isinstance(value, np.ndarray) else value for name, value in params.items()}


def _length(t: float) -> float:
    if not (np.isfinite(t) and t >= 0):
        raise UsageError(f"t must be a length of time, zero or more, not {t}.")
    return float(t)


def _share(level: float) -> float:
    if not 0 < level < 1:
        raise UsageError(f"level must lie between 0 and 1, not {level}.")
    return float(level)


def _rate(discount: float) -> float:
    if not 0 <= discount < math.inf:
        raise UsageError(f"discount is a yearly rate such as 0.1, zero or more, not {discount}.")
    return float(discount)
