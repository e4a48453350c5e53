"""Every kind of file becomes rows of text with true line numbers; hostile ones are refused in plain words."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import lzma
import random
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tenure.collect.files import delimited, lines, opening
from tenure.collect.files.lines import take_lines
from tenure.collect.files.mapping import Columns
from tenure.collect.files.reading import ReadOptions, preview, reading
from tenure.collect.files.text import LineChunk
from tenure.errors import CollectError, TenureError, UsageError
from tests.examples import examples

Write = Callable[..., Path]
PLAIN = "id,name\n1,Lin\n2,Bob\n"


def rows_of(path: Path, **options: object) -> list[tuple[int, list[str]]]:
    with reading(path, ReadOptions(**options)) as table:  # type: ignore[arg-type]
        return [(n, list(row)) for block in table.blocks for n, row in zip(block.lines, block.rows, strict=True)]


def refused_of(path: Path) -> list[tuple[int, str]]:
    with reading(path) as table:
        return [(bad.line, bad.reason) for block in table.blocks for bad in block.refused]


def test_it_reads_plain_and_compressed_files_alike(write: Write) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../../orders.csv", PLAIN)
    data = PLAIN.encode()
    wanted = [(2, ["1", "Lin"]), (3, ["2", "Bob"])]
    assert rows_of(write("a.csv", PLAIN)) == wanted
    assert rows_of(write("a.csv.gz", gzip.compress(data))) == wanted
    assert rows_of(write("a.csv.xz", lzma.compress(data))) == wanted
    assert rows_of(write("a.zip", packed.getvalue())) == wanted


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
def test_it_finds_out_the_encoding_of_chinese_text(write: Write, encoding: str) -> None:
    text = "客户编号,姓名,城市\n" + "".join(f"{n},王小明,上海市浦东新区\n" for n in range(50))
    found = preview(write("a.csv", text, encoding))
    assert found.header == ("客户编号", "姓名", "城市")
    assert found.rows[0] == (2, ("0", "王小明", "上海市浦东新区"))


def test_it_does_not_take_western_text_for_chinese(write: Write) -> None:
    text = "id,name\n" + "1,Jörg Müller\n2,François Lefèvre\n3,Señor Núñez\n" * 5
    assert preview(write("a.csv", text, "latin-1")).rows[0][1] == ("1", "Jörg Müller")


@pytest.mark.thorough
def test_it_finds_out_the_encoding_where_the_first_chinese_name_comes_late(write: Write) -> None:
    text = "id,name\n" + "1,Lin\n" * 250_000 + "2,王小明李小红\n"
    assert rows_of(write("a.csv", text, "gb18030"))[-1] == (250_002, ["2", "王小明李小红"])


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_it_finds_out_the_separator(write: Write, separator: str) -> None:
    text = "\n".join(separator.join(row) for row in (["id", "paid"], ["1", "12.50"], ["2", "9.00"]))
    assert rows_of(write("a.csv", text)) == [(2, ["1", "12.50"]), (3, ["2", "9.00"])]


def test_decimal_commas_do_not_pass_for_separators(write: Write) -> None:
    found = preview(write("a.csv", "id;paid\n1;12,50\n2;9,00\n"))
    assert (found.separator, found.rows[0][1]) == (";", ("1", "12,50"))


def test_it_reads_columns_separated_by_runs_of_blanks_without_a_header(write: Write) -> None:
    found = preview(write("a.txt", " 00004 19970101  2  29.33\n 00004 19970118  2  29.73\n"))
    assert found.header is None
    assert found.names == ("1", "2", "3", "4")
    assert found.rows == ((1, ("00004", "19970101", "2", "29.33")), (2, ("00004", "19970118", "2", "29.73")))


def test_it_keeps_true_line_numbers_after_quoted_line_breaks(write: Write) -> None:
    text = 'id,note\n1,"first\nsecond"\n2,plain\n\n3,"a ""quoted"" word"\n'
    assert rows_of(write("a.csv", text)) == [
        (2, ["1", "first\nsecond"]),
        (4, ["2", "plain"]),
        (6, ["3", 'a "quoted" word']),
    ]


def test_a_quoted_line_break_survives_wherever_the_chunks_are_cut(write: Write) -> None:
    text = "id,note\n" + "".join(f'{n},"{"x" * (n % 97)}\ny"\n' for n in range(40_000))
    found = rows_of(write("a.csv", text))
    assert len(found) == 40_000
    assert found[-1] == (2 + 39_999 * 2, ["39999", "x" * (39_999 % 97) + "\ny"])


def test_an_open_quote_costs_its_own_line_only(write: Write) -> None:
    path = write("a.csv", 'id,note\n1,good\n2,"open\n' + "".join(f"{n},fine\n" for n in range(3, 3000)))
    assert refused_of(path) == [(3, "open_quote")]
    assert len(rows_of(path)) == 2998


def test_an_open_quote_in_the_last_line_is_refused_too(write: Write) -> None:
    path = write("a.csv", 'id,note\n1,good\n2,"open')
    assert (refused_of(path), len(rows_of(path))) == ([(3, "open_quote")], 1)


def test_nul_and_invalid_bytes_are_refused_with_their_line(write: Write) -> None:
    path = write(
        "a.csv", "id,name\n1,林林林林林林林林林林林林林林林林林林林林\n".encode() + b"2,a\0b\n3,\xff\xfe\n4,ok\n"
    )
    assert refused_of(path) == [(3, "nul"), (4, "text")]
    assert [line for line, _ in rows_of(path)] == [2, 5]


def test_a_hundred_thousand_columns_are_refused_quickly(write: Write) -> None:
    path = write("a.csv", "a,b\n" + ",".join(["1"] * 100_000) + "\n1,2\n")
    assert (refused_of(path), rows_of(path)) == ([(2, "too_wide")], [(3, ["1", "2"])])


def test_a_line_of_gigabytes_takes_bounded_memory(write: Write) -> None:
    path = write("a.csv", b"a,b\n1,2\n" + b"x" * 30_000_000 + b"\n3,4\n")
    tracemalloc.start()
    assert refused_of(path) == [(3, "too_long")]
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()
    assert rows_of(path)[-1] == (4, ["3", "4"])


def test_a_workbook_is_read_as_its_first_sheet(tmp_path: Path) -> None:
    from datetime import UTC, date, datetime

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["客户", "时间", "金额", "日期"])
    sheet.append([17850.0, datetime(2010, 12, 1, 8, 26, tzinfo=UTC).replace(tzinfo=None), 12.5, date(2010, 12, 1)])
    sheet.append([None, None, None, None])
    sheet.append(["=1+1", None, True, 3])
    path = tmp_path / "a.xlsx"
    book.save(path)
    found = rows_of(path)
    assert found[0] == (2, ["17850", "2010-12-01 08:26:00", "12.5", "2010-12-01 00:00:00"])
    assert found[1][0] == 4


def test_a_bomb_of_a_workbook_is_refused_from_its_directory_within_a_second(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"<row/>" * 9_000_000)
    began = time.process_time()
    with pytest.raises(CollectError, match="would unpack to"):
        preview(path)
    assert time.process_time() - began < 1


def test_a_workbook_that_defines_entities_is_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["a", "b"])
    plain = tmp_path / "plain.xlsx"
    book.save(plain)
    path = tmp_path / "entities.xlsx"
    bomb = (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
        b'<c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>'
    )
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w") as new:
        for entry in old.namelist():
            new.writestr(entry, bomb if entry.endswith("sheet1.xml") else old.read(entry))
    with pytest.raises(CollectError, match="entities"):
        preview(path)


def test_a_parquet_file_is_read_after_a_look_at_its_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    duckdb.sql(
        "SELECT '17850' AS customer, TIMESTAMP '2010-12-01 08:26:00' AS at, 12.50::DECIMAL(9,2) AS paid, NULL AS note"
    ).write_parquet(str(path))
    assert rows_of(path) == [(1, ["17850", "2010-12-01 08:26:00", "12.50", ""])]
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(CollectError, match="its end is missing"):
        preview(path)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 100, "old or encrypted"),
        ("cut.gz", gzip.compress(random.Random(1).randbytes(50_000))[:2_000], "damaged or cut off"),
        ("cut.xz", lzma.compress(random.Random(1).randbytes(50_000))[:2_000], "damaged or cut off"),
        ("broken.zip", b"PK\x03\x04" + b"1" * 50, "damaged archive"),
        ("empty.csv", b"", "has no lines"),
    ],
)
def test_what_cannot_be_read_is_told_in_plain_words(write: Write, name: str, content: bytes, words: str) -> None:
    with pytest.raises(CollectError, match=words):
        rows_of(write(name, content))


def test_an_archive_of_several_files_is_refused(write: Write) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.csv", PLAIN)
        archive.writestr("b.csv", PLAIN)
    with pytest.raises(CollectError, match="exactly one"):
        preview(write("a.zip", packed.getvalue()))


def test_a_bomb_of_a_gzip_file_is_stopped(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "SUSPICIOUS", 8 << 20)
    bomb = io.BytesIO()
    with gzip.GzipFile(fileobj=bomb, mode="wb", compresslevel=9) as out:
        for _ in range(20):
            out.write(b"0" * (1 << 20))
    with pytest.raises(CollectError, match="unpacks to far more"):
        rows_of(write("a.csv.gz", bomb.getvalue()))


def test_wrong_options_are_told(write: Write) -> None:
    with pytest.raises(UsageError, match="cannot separate"):
        ReadOptions(separator="ab")
    with pytest.raises(CollectError, match="no text encoding"):
        preview(write("a.csv", PLAIN), ReadOptions(encoding="klingon"))


def test_random_bytes_never_raise_anything_but_our_own_errors(write: Write) -> None:
    source = random.Random(7)
    for number in range(150):
        alphabet = b'a,"\n\r;\t\0\xff1 ' if number % 2 else bytes(range(256))
        content = bytes(source.choice(alphabet) for _ in range(source.randrange(400)))
        with contextlib.suppress(TenureError):
            rows_of(write("a.csv", content))


@given(
    st.lists(st.text(st.sampled_from("ab,; \t\\'茶\0\ud800"), max_size=12), max_size=6),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_lines_without_quotes_have_the_cells_that_a_csv_reader_finds(texts: list[str], end: str) -> None:
    lines = [text + end for text in texts]
    assert delimited._split(lines, ",") == list(csv.reader(lines))


@given(
    st.lists(
        st.tuples(st.text('a,"茶 \t', max_size=9), st.sampled_from(["\n", "\r\n", "\r"])).map("".join),
        min_size=1, max_size=6,
    )
)  # fmt: skip
@example(["a,b\n", '"a,1",b\n', "c,d\n"])
@example(['a,"b\n', 'c",d\n'])
@example(["a,b\r\n", "茶,\n"])
@example(["a,b\n", "c\n", "d,e,f\n"])
def test_lines_left_for_duckdb_to_split_are_the_rows_that_python_reads(lines: list[str]) -> None:
    unsplit = delimited._Parser(",").unsplit(LineChunk(7, "".join(lines)))
    if unsplit is not None:
        assert '"' not in unsplit.text
        assert len(unsplit) == len(lines)
        whole, wanted = unsplit.block(), delimited._Parser(",").feed(7, lines)
        assert (whole.lines, whole.rows) == (wanted.lines, wanted.rows)


@pytest.mark.parametrize("ninth", ['"绿茶, 2023"', pytest.param("绿茶", marks=pytest.mark.thorough)])
def test_what_duckdb_splits_is_taken_in_like_what_python_splits(
    write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, ninth: str
) -> None:
    times = examples(300, thorough=3000)
    monkeypatch.setattr(lines, "TOGETHER", 16 * times)
    monkeypatch.setattr("tenure.collect.files.text.CHUNK", times << 8)  # so that it comes in several pieces
    rows = [[str(n), f"茶{n}" if n % 9 else ninth, "", "x"] for n in range(40)]
    text = "a,b,c,d\n" + "".join(",".join(row) + "\n" for row in rows) * times
    with reading(write("a.csv", text)) as table, duckdb.connect() as con:
        take_lines(
            con, table, Columns({"customer": 0, "name": 1}, {"d": 3}, False), ["customer", "name", "email"], None
        )
        found = con.execute("SELECT line, customer, name, email, p0, ragged FROM lines JOIN file_lines USING (line)")
        told = sorted(found.fetchall())
    plain = [[cell.strip('"') for cell in row] for row in rows] * times
    assert told == [(n, row[0], row[1], None, row[3], None) for n, row in enumerate(plain, 2)]


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_wrong_character_costs_its_line_only_however_lines_are_split(write: Callable[..., Path], quote: str) -> None:
    path = write("odd.csv", f"a,b\n1,{quote}x{quote}\n2,\0\n\n" + "3,y\n" * 60)
    with reading(path) as table:
        found = list(table.blocks)
    assert [row for block in found for row in block.rows] == [["1", "x"], *[["3", "y"]] * 60]
    assert [(one.line, one.reason) for block in found for one in block.refused] == [(3, "nul")]
