"""Ideal customer profiles in figures: how many customers fit, by acquisition channel, and which traits they have."""

from __future__ import annotations

from dataclasses import dataclass

from tenure.definitions import Definitions, Segment, Trait
from tenure.segments.members import member_column
from tenure.store import Connection

__all__ = ["ProfileFigures", "ProfileInChannel", "TraitFigures", "profile_figures"]


@dataclass(frozen=True)
class ProfileInChannel:
    """Of the customers who came by one channel (None: not known): those who fit the profile.

    `buyers` of them have ordered, `revenue` is what they have paid, in minor units; `everybody` counts all customers
    of the channel.
    """

    channel: str | None
    customers: int
    buyers: int
    revenue: int
    everybody: int


@dataclass(frozen=True)
class TraitFigures:
    """Of all customers of whom it is known, the share that has a trait; None where it is known of nobody."""

    trait: Trait
    known: int
    share: float | None


@dataclass(frozen=True)
class ProfileFigures:
    """One profile: its customers by channel, most first, what is known of its traits, and the mean fit of all."""

    segment: Segment
    mean_fit: float | None
    traits: tuple[TraitFigures, ...]
    channels: tuple[ProfileInChannel, ...]

    @property
    def customers(self) -> int:
        """How many fit."""
        return sum(each.customers for each in self.channels)


def profile_figures(con: Connection, definitions: Definitions) -> tuple[ProfileFigures, ...]:
    """Every segment with traits, from the table `standing` of `con`. A customer may fit several profiles."""
    found = [segment for segment in definitions.segments.values() if segment.traits]
    return tuple(_figures(con, segment) for segment in found)


def _figures(con: Connection, segment: Segment) -> ProfileFigures:
    inside = member_column(segment.key)
    rows = con.execute(
        f"SELECT channel, count(*) FILTER (WHERE {inside}), count(*) FILTER (WHERE {inside} AND orders > 0),"
        f" CAST(coalesce(sum(revenue) FILTER (WHERE {inside}), 0) AS BIGINT), count(*) FROM standing"
        " GROUP BY channel ORDER BY 2 DESC, channel"
    ).fetchall()
    asked = [f'"fit_{segment.key}"', *(f'CAST("{trait.feature}" AS INTEGER)' for trait in segment.traits)]
    columns = ", ".join(f"avg({each}), count({each})" for each in asked)
    fit, _, *answers = con.execute(f"SELECT {columns} FROM standing").fetchall()[0]
    pairs = zip(segment.traits, answers[::2], answers[1::2], strict=True)
    traits = tuple(TraitFigures(trait, known, share) for trait, share, known in pairs)
    return ProfileFigures(segment, fit, traits, tuple(ProfileInChannel(*row) for row in rows))
