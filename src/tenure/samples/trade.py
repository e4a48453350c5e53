"""What simulated people put in their baskets, send back, subscribe to and complain about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenure.samples.catalog import CATEGORIES, PRODUCTS
from tenure.samples.columns import Events, Lines, What, events
from tenure.samples.lives import Lives, Purchases

__all__ = ["Trade", "choose", "subscriptions", "trade"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PRICE = np.array([product.price for product in PRODUCTS])
_SHELVES = [[n for n, product in enumerate(PRODUCTS) if product.category == shelf] for shelf in range(len(CATEGORIES))]
_WIDEST = max(len(shelf) for shelf in _SHELVES)
ON_SHELF = np.array([shelf + shelf[-1:] * (_WIDEST - len(shelf)) for shelf in _SHELVES])
PULL = np.ones((len(CATEGORIES), _WIDEST))
for _number, _shelf in enumerate(_SHELVES):
    _pulls = np.cumsum([PRODUCTS[n].pull for n in _shelf])
    PULL[_number, : len(_shelf)] = _pulls / _pulls[-1]

BOX_PRICE = 16800
"""A month of the tea box, in minor units."""


@dataclass(frozen=True)
class Trade:
    """Orders, refunds and tickets, the lines of the first two, and the first product of each order."""

    orders: Events
    after: tuple[Events, ...]
    lines: Lines
    first_product: Ints


def choose(rng: np.random.Generator, taste: Ints, at: Floats, seasons: Floats, loyal: float = 0.6) -> Ints:
    """A product for each moment: of the person's favourite category, else of one in season."""
    count = len(taste)
    row = seasons[np.clip(at.astype(np.int64), 0, len(seasons) - 1)]
    by_season = (rng.random(count)[:, None] > row).sum(axis=1).clip(0, len(CATEGORIES) - 1)
    shelf = np.where(rng.random(count) < loyal, taste, by_season)
    place = (rng.random(count)[:, None] > PULL[shelf]).sum(axis=1).clip(0, _WIDEST - 1)
    product: Ints = ON_SHELF[shelf, place]
    return product


def trade(rng: np.random.Generator, lives: Lives, bought: Purchases, seasons: Floats) -> Trade:
    """Fill every order's basket, then send some of them back."""
    count = len(bought.person)
    purse = lives.purse[bought.person]
    years = (bought.at - lives.came[bought.person]) / 365
    worth = purse * np.exp(0.5 * lives.drift[bought.person] * years)
    size = 1 + np.minimum(rng.poisson(0.55 * worth), 6)
    order = np.repeat(np.arange(count), size)
    product = choose(rng, lives.taste[bought.person][order], bought.at[order], seasons)
    quantity = 1 + np.minimum(rng.poisson(0.3 * worth[order]), 9)
    coupon = (rng.random(count) < 0.15).astype(np.int64)
    gross = np.bincount(order, PRICE[product] * quantity, minlength=count).astype(np.int64)
    orders = events(bought.person, What.ORDERED, bought.at, coupon, np.arange(count), gross - coupon * (gross // 10))
    starts = np.cumsum(size) - size
    back, refunds, returned = _refunds(rng, orders, starts, order, product, quantity)
    lines = Lines(
        np.concatenate([order, order[returned]]),
        np.repeat([int(What.ORDERED), int(What.REFUNDED)], [len(order), int(returned.sum())]),
        np.concatenate([product, product[returned]]),
        np.concatenate([quantity, quantity[returned]]),
        np.concatenate([PRICE[product], PRICE[product[returned]]]),
    )
    return Trade(orders, (refunds, _tickets(rng, orders, back)), lines, product[starts] if count else starts)


def _refunds(
    rng: np.random.Generator, orders: Events, starts: Ints, order: Ints, product: Ints, quantity: Ints
) -> tuple[NDArray[np.bool_], Events, NDArray[np.bool_]]:
    """Which orders came back, the refunds, which lines they name: the whole order or its first line."""
    count = len(orders)
    back = rng.random(count) < 0.04
    whole = rng.random(count) < 0.5
    first = np.zeros(len(order), bool)
    first[starts] = True
    returned = back[order] & (whole[order] | first)
    worth = np.bincount(order[returned], (PRICE[product] * quantity)[returned], minlength=count).astype(np.int64)
    amount = np.minimum(worth, orders.amount)[back]
    at = orders.at[back] + rng.gamma(2, 3, int(back.sum()))
    return back, events(orders.person[back], What.REFUNDED, at, order=orders.order[back], amount=-amount), returned


def _tickets(rng: np.random.Generator, orders: Events, back: NDArray[np.bool_]) -> Events:
    """Inquiries, complaints and after-sales questions, mostly about orders that came back."""
    asked = rng.random(len(orders)) < np.where(back, 0.35, 0.02)
    kind = np.where(back[asked], 2, rng.integers(0, 3, int(asked.sum())))
    return events(orders.person[asked], What.TICKET, orders.at[asked] + rng.exponential(3, int(asked.sum())), kind)


def subscriptions(rng: np.random.Generator, lives: Lives, bought: Purchases, days: int) -> list[Events]:
    """The monthly tea box: a few buyers take it a while after they came, and some of them cancel."""
    who = np.flatnonzero(~np.isnan(bought.last) & (rng.random(len(lives.number)) < 0.05))
    start = lives.came[who] + rng.exponential(60, len(who))
    months = rng.geometric(0.13, len(who))
    rounds = np.repeat(np.arange(len(who)), months)
    nth = np.arange(len(rounds)) - np.repeat(np.cumsum(months) - months, months)
    at = start[rounds] + 30 * nth
    first = nth == 0
    return [
        events(who[rounds][first], What.SUBSCRIBED, at[first], amount=BOX_PRICE),
        events(who[rounds][~first], What.RENEWED, at[~first], amount=BOX_PRICE),
        events(who, What.ENDED, start + 30 * months),
    ]
