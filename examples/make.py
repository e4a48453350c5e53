"""Makes the example shop anew: python examples/make.py"""

import csv
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from tenure.samples import Shop, say, to_files

FOLDER = Path(__file__).parent / "tea-shop"
SHOP = Shop(customers=500, days=540, seed=7, end=datetime(2025, 7, 1, tzinfo=UTC), language="en")
FIRST = """
SELECT external_id, strftime(min(ts), '%Y-%m-%dT%H:%M:%SZ') FROM sample WHERE external_id IS NOT NULL GROUP BY 1
"""


def main() -> None:
    """Orders as the simulator writes them; people with the day they joined; and those who agreed to e-mail, apart."""
    files = to_files(SHOP, FOLDER)
    with files["customers"].open(encoding="utf-8", newline="") as file:
        people = list(csv.DictReader(file))
    joined = joining()
    fields = ["customer", "registered at", *(name for name in people[0] if name not in ("customer", "consent"))]
    known = [person for person in people if person["customer"] in joined]
    rows = [{**person, "registered at": joined[person["customer"]]} for person in known]
    write(files["customers"], fields, rows)
    agreed = [{"customer": row["customer"], "email": row["email"]} for row in rows if row["consent"] == "yes"]
    write(FOLDER / "newsletter.csv", ["customer", "email"], agreed)


def joining() -> dict[str, str]:
    """When each person was first known."""
    with duckdb.connect() as con:
        found: dict[str, str] = {}
        for block in SHOP.stream():
            say(con, block, personal=False)
            found |= dict(con.execute(FIRST).fetchall())
    return found


def write(path: Path, fields: list[str], rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fields, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
