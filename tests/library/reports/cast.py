"""Sixty customers with stays and orders drawn by chance, in a connection and as plain rows for the slow way."""

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import duckdb

STAGES = ("acquisition", "activation", "conversion", "retention", "churn")
LAST = date(2026, 3, 1)


@dataclass(frozen=True)
class Stay:
    """One stay of a customer."""

    customer: int
    stage: str
    entered: date
    left: date | None
    previous: str | None


@dataclass(frozen=True)
class Happening:
    """One event of a customer."""

    customer: int
    name: str
    at: datetime
    amount: int | None

    @property
    def day(self) -> date:
        """Its day."""
        return self.at.date()


def stays(seed: int = 5) -> list[Stay]:
    """One to six stays of each customer; the last one still lasts."""
    draw, made = random.Random(seed), []
    for customer in range(60):
        day, previous = date(2025, 11, 1) + timedelta(days=draw.randrange(90)), None
        number = draw.randrange(1, 7)
        for index in range(number):
            stage = draw.choice([stage for stage in STAGES if stage != previous])
            left = day + timedelta(days=draw.randrange(1, 40)) if index < number - 1 else None
            made.append(Stay(customer, stage, day, left, previous))
            day, previous = left or day, stage
    return made


def happenings(seed: int = 9) -> list[Happening]:
    """Views, carts, orders, refunds and our own letters, some of them at one instant; customer 60 only got a letter."""
    draw, made = random.Random(seed), []
    names = ("Product Viewed", "Product Added", "Order Completed", "Order Refunded", "Email Delivered")
    for customer in range(60):
        for _ in range(draw.randrange(1, 14)):
            name = draw.choice(names)
            at = datetime(2025, 11, 1) + timedelta(hours=draw.randrange(120 * 24))  # noqa: DTZ001
            amount = {"Order Completed": 1, "Order Refunded": -1}.get(name)
            made.append(Happening(customer, name, at, amount and amount * draw.randrange(100, 9000)))
    return [*made, Happening(60, "Email Delivered", datetime(2025, 12, 1), None)]  # noqa: DTZ001


def connection() -> duckdb.DuckDBPyConnection:
    """Both as the tables that reports read."""
    con = duckdb.connect()
    con.execute(
        "CREATE TABLE stage_history (customer_key BIGINT, lifecycle VARCHAR, stage VARCHAR, entered DATE,"
        ' "left" DATE, previous VARCHAR, cause VARCHAR)'
    )
    _fill(con, "stage_history", [(each.customer, "growth", each.stage, each.entered, each.left, each.previous, "event")
                                 for each in stays()])  # fmt: skip
    con.execute(
        "CREATE TABLE events (customer_key BIGINT, kind VARCHAR, name VARCHAR, ts TIMESTAMP, day DATE, amount BIGINT)"
    )
    _fill(con, "events", [(each.customer, "track", each.name, each.at, each.day, each.amount) for each in happenings()])
    return con


def _fill(con: duckdb.DuckDBPyConnection, table: str, rows: list[tuple[object, ...]]) -> None:
    """All rows in one statement: a column of each as a list."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    con.execute(f"INSERT INTO {table} SELECT {', '.join('unnest(?)' for _ in columns)}", columns)
