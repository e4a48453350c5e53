"""The SQL made from the built-in definitions is the one that somebody has read."""

from tests.library.compiled.statements import FOLDER, statements


def test_every_statement_is_the_one_that_was_read() -> None:
    made = dict(statements())
    kept = {path.stem: path.read_text("utf-8") for path in FOLDER.glob("*.sql")}
    assert made == kept, "Read the difference; if it is meant, run: python -m tests.library.compiled.statements"
