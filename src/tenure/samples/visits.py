"""How simulated people come to the shop's pages, sign up, and answer its mails."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tenure.samples.catalog import PRODUCTS
from tenure.samples.columns import Events, What, events, joined
from tenure.samples.lives import Lives, Purchases
from tenure.samples.trade import Trade, choose

__all__ = ["around_orders", "browsing", "mails", "registrations"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MINUTE = 1 / 1440
MAIL_EVERY = 56
SHELF = np.array([product.category for product in PRODUCTS])


def registrations(rng: np.random.Generator, lives: Lives, bought: Purchases) -> tuple[Events, Floats]:
    """Who says who they are, and when; infinite for those who never do. At the first order at the latest."""
    count = len(lives.number)
    later = np.where(lives.anonymous, rng.exponential(6, count), rng.exponential(0.01, count))
    known_at = np.where(lives.visitor, np.inf, np.fmin(lives.came + later, bought.first - 3 * MINUTE))
    who = np.flatnonzero(~lives.visitor)
    signed = who[rng.random(len(who)) < 0.85]
    return joined(
        [
            events(who, What.IDENTIFIED, known_at[who]),
            events(signed, What.SIGNED_UP, known_at[signed] + MINUTE / 10, lives.channel[signed]),
        ]
    ), known_at


def around_orders(rng: np.random.Generator, trade: Trade) -> list[Events]:
    """The minutes before each order: a look, a basket, the till. One order in four comes straight to the till."""
    orders = trade.orders
    rows = np.flatnonzero(rng.random(len(orders)) < 0.75)
    person, at, product = orders.person[rows], orders.at[rows], trade.first_product[rows]
    found = [
        events(person, What.HOME, at - 14 * MINUTE),
        events(person, What.VIEWED, at - 9 * MINUTE, product),
        events(person, What.ADDED, at - 5 * MINUTE, product),
    ]
    some = rng.random(len(rows)) < 0.6
    return [*found, events(person[some], What.CHECKOUT, at[some] - 2 * MINUTE)]


def browsing(rng: np.random.Generator, lives: Lives, bought: Purchases, seasons: Floats) -> list[Events]:
    """Visits that end without an order; they thin out after the last order of those who left."""
    days = len(seasons)
    still = np.where(np.isnan(bought.last), lives.came + 45, np.where(bought.left, bought.last + 25, days))
    until = np.minimum(still, days)
    length = np.maximum(until - lives.came, 0)
    mean = 1.2 + np.minimum(length * (0.004 + 0.45 * lives.pace), 40)
    person = np.repeat(np.arange(len(length)), rng.poisson(mean))
    at = lives.came[person] + rng.random(len(person)) ** 1.15 * length[person]
    first = np.arange(len(length))
    person, at = np.concatenate([first, person]), np.concatenate([lives.came, at])
    product = choose(rng, lives.taste[person], at, seasons, loyal=0.5)
    looked, wanted = rng.random(len(person)) < 0.62, rng.random(len(person)) < 0.11
    channel = np.concatenate([lives.channel, np.full(len(person) - len(first), -1)])
    return [
        events(person, What.HOME, at, channel),
        events(person[looked], What.CATEGORY, at[looked] + MINUTE, SHELF[product[looked]]),
        events(person[looked], What.VIEWED, at[looked] + 2 * MINUTE, product[looked]),
        events(person[wanted], What.ADDED, at[wanted] + 4 * MINUTE, product[wanted]),
    ]


def mails(rng: np.random.Generator, lives: Lives, bought: Purchases, known_at: Floats, days: int) -> list[Events]:
    """A newsletter every eight weeks to those who agreed, until they unsubscribe; people who left hardly open it."""
    agreed = np.flatnonzero(lives.consent & (known_at < days))
    first = np.ceil(known_at[agreed] / MAIL_EVERY).astype(np.int64)
    patience = rng.geometric(0.02, len(agreed))
    count = np.clip(days // MAIL_EVERY - first + 1, 0, patience)
    person = np.repeat(agreed, count)
    nth = np.arange(len(person)) - np.repeat(np.cumsum(count) - count, count)
    campaign = np.repeat(first, count) + nth
    at = campaign * MAIL_EVERY + 9.5 / 24 + rng.random(len(person)) / 48
    keen = np.repeat(rng.beta(2, 4, len(agreed)), count)
    gone = bought.left[person] & (at > np.nan_to_num(bought.last[person]))
    opened = rng.random(len(person)) < keen * np.where(gone, 0.25, 1)
    clicked = opened & (rng.random(len(person)) < 0.25)
    opened_at = at + rng.exponential(0.3, len(person))
    tired = opened & (nth == np.repeat(patience, count) - 1)
    return [
        events(person, What.DELIVERED, at, campaign),
        events(person[opened], What.OPENED, opened_at[opened], campaign[opened]),
        events(person[clicked], What.CLICKED, opened_at[clicked] + MINUTE, campaign[clicked]),
        events(person[tired], What.UNSUBSCRIBED, opened_at[tired] + 2 * MINUTE, campaign[tired]),
    ]
