"""Cost files: what was spent to win and keep customers, one line a cost, on one day or spread over a period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from string import Template

import duckdb

from tenure import money
from tenure.collect.files.imports import ImportResult
from tenure.collect.files.lines import Progress, take_lines
from tenure.collect.files.mapping import COST_FIELDS, Columns, check_columns
from tenure.collect.files.orders import currency_sql
from tenure.collect.files.reading import Table
from tenure.collect.files.values import amount_sql, decimal_mark, make_moments, missing_sql, short_order
from tenure.collect.hashes import hash_sql
from tenure.collect.staging import LoadResult
from tenure.errors import UsageError
from tenure.store import Store

__all__ = ["KINDS", "CostRules", "costs_result", "land_costs", "stage_costs"]

NEEDS = (("amount",), ("time", "from+to"))
TIMES = ("time", "from", "to")
FIELDS = tuple(field.key for field in COST_FIELDS)
#: The three kinds of the ledger, and what files call them.
KINDS: dict[str, str] = {
    "advertising": "advertising, advertisement, ads, ad, marketing, media, 广告, 广告费, 广告费用, 投放, 推广, 推广费",
    "research": "research, market research, survey, 市场研究, 市场研究费用, 市场调研, 调研, 调研费",
    "sales": "sales, selling, sales cost, commission, 销售, 销售成本, 销售费用, 提成, 佣金",
}
_MONTH = r"^\s*(\d{4})[-/.年](\d{1,2})月?\s*$"


@dataclass(frozen=True)
class CostRules:
    """What a cost file does not say itself."""

    currency: str
    zone: str
    kind: str = "advertising"
    decimal: str | None = None
    day_first: bool | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UsageError(f'A cost is {", ".join(KINDS)}, not "{self.kind}".')


def stage_costs(
    con: duckdb.DuckDBPyConnection, table: Table, chosen: Mapping[str, str | int], rules: CostRules,
    numbers: tuple[int, int], progress: Progress | None,
) -> int:  # fmt: skip
    """Fill `costs_staged` and `refused` from the file; returns the lines read."""
    columns = check_columns(chosen, table, COST_FIELDS, NEEDS)
    read = take_lines(con, table, columns, FIELDS, progress).read
    make_moments(con, rules.zone, short_order(con, rules.day_first, TIMES), TIMES)
    _check(con, columns, rules)
    con.execute("INSERT INTO refused SELECT line, reason, cells FROM checked WHERE reason IS NOT NULL")
    listed = " UNION ALL ".join(f"SELECT '{code}', {10 ** money.exponent(code)}" for code in _currencies(con))
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE costs_staged AS
        SELECT *, {hash_sql("said || chr(31) || row_number() OVER (PARTITION BY said ORDER BY line)")} AS cost_hash
        FROM (SELECT line, "from", "until", channel, kind, currency, persona, segment,
            CAST(round(exact * factor) AS BIGINT) AS amount, CAST({numbers[0]} AS INTEGER) AS source_id,
            concat_ws(chr(31), '{numbers[0]}', "from", "until", coalesce(channel, ''), kind, currency, exact,
                coalesce(persona, ''), coalesce(segment, '')) AS said
          FROM checked JOIN ({listed or "SELECT '', 1"}) AS e(code, factor) ON code = currency WHERE reason IS NULL)"""
    )
    return read


def _currencies(con: duckdb.DuckDBPyConnection) -> list[str]:
    return [row[0] for row in con.execute("SELECT DISTINCT currency FROM checked WHERE reason IS NULL").fetchall()]


def _check(con: duckdb.DuckDBPyConnection, columns: Columns, rules: CostRules) -> None:
    mark = decimal_mark(con, ["amount"], rules.decimal)
    first, last = ("from", "to") if "from" in columns else ("time", "time")
    text = files(__package__).joinpath("costs_lines.sql").read_text("utf-8")
    con.execute(
        Template(text).substitute(
            first=_day(f'l."{first}"', "mf" if first == "from" else "mt", rules.zone, "month"),
            last=_day(f'l."{last}"', "mu" if last == "to" else "mt", rules.zone, "last_day(month)"),
            amount=amount_sql("l.amount", mark),
            amount_text=missing_sql("l.amount"),
            kind=_kind(rules.kind) if "kind" in columns else f"'{rules.kind}'",
            currency=currency_sql(columns, rules.currency),
        )
    )


def _day(column: str, moments: str, zone: str, of_month: str) -> str:
    """The local day of a written time; a bare month means its first or its last day."""
    month = rf"try_strptime(regexp_replace({column}, '{_MONTH}', '\1-\2-1'), '%Y-%m-%d')"
    local = f"CAST(timezone('{zone}', timezone('UTC', {moments}.ts)) AS DATE)"
    whole = of_month.replace("month", f"CAST({month} AS DATE)")
    return f"CASE WHEN regexp_matches({column}, '{_MONTH}') THEN {whole} ELSE {local} END"


def _kind(default: str) -> str:
    said = missing_sql("l.kind")
    cases = " ".join(
        f"WHEN lower({said}) IN ({', '.join(repr(word.strip()) for word in words.split(','))}) THEN '{kind}'"
        for kind, words in KINDS.items()
    )
    return f"CASE WHEN {said} IS NULL THEN '{default}' {cases} END"


#: Of undone imports nothing stands, so what they brought may come again.
_KNOWN = "SELECT cost_hash FROM costs WHERE import_id NOT IN (SELECT id FROM retractions WHERE kind = 'import')"


def land_costs(con: duckdb.DuckDBPyConnection, store: Store, import_id: int) -> LoadResult:
    """Append the staged costs that the ledger does not hold; a repeated or resumed import appends nothing twice."""
    store.snapshot().attach(con)
    fresh = f"FROM costs_staged WHERE cost_hash NOT IN ({_KNOWN})"
    count = con.execute(f"SELECT count(*) {fresh}").fetchall()[0][0]
    if count:
        con.execute(f"CREATE OR REPLACE TEMP TABLE costs_landing AS SELECT *, {import_id} AS import_id {fresh}")
        with store.guard:
            store.append("costs", con, 'SELECT * FROM costs_landing ORDER BY "from", line')
    return LoadResult(accepted=int(count))


def costs_result(con: duckdb.DuckDBPyConnection, source_id: int, import_id: int) -> ImportResult:
    """Of a cost file, in lines. `import_id` 0: nothing was loaded, say what would be."""
    standing = f"SELECT cost_hash FROM costs WHERE import_id = {import_id}" if import_id else _KNOWN
    landed = f"(cost_hash IN ({standing})) = {'true' if import_id else 'false'}"
    con.execute(f"CREATE OR REPLACE TEMP TABLE outcome AS SELECT *, {landed} AS landed FROM costs_staged")
    counts = "count(*) FILTER (WHERE landed), count(*) FILTER (WHERE NOT landed)"
    accepted, known = con.execute(f"SELECT {counts} FROM outcome").fetchall()[0]
    sums = con.execute("SELECT currency, sum(amount) FROM outcome WHERE landed GROUP BY 1 ORDER BY 1").fetchall()
    refused = con.execute("SELECT reason, count(*) FROM refused GROUP BY reason ORDER BY 2 DESC, 1").fetchall()
    reasons = {reason: int(count) for reason, count in refused}
    return ImportResult(
        accepted=int(accepted), duplicates=int(known), refused=sum(reasons.values()), reasons=reasons,
        costs={currency: int(total) for currency, total in sums},
    )  # fmt: skip
