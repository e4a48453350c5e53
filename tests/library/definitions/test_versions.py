"""Every change of definitions is kept, told apart, and can be taken back."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tenure.definitions import find, versions
from tenure.errors import NotFound

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def feature(days: int, key: str = "teas") -> str:
    return (
        f"features:\n  {key}:\n    title: {{en: Teas, zh: 茶}}\n    meaning: {{en: Teas., zh: 茶。}}\n"
        f"    kind: count\n    events: Order Completed\n    within_days: {days}\n"
    )


def test_it_keeps_who_changed_what_when_and_why(tmp_path: Path) -> None:
    versions.change(tmp_path, [("features", "teas", feature(30))], "Lin", "a month is enough", NOW)
    versions.change(tmp_path, [("features", "teas", feature(60))], "Bob", "two are better", NOW)
    newest, first = versions.versions(tmp_path, "features", "teas")
    assert (newest.number, newest.author, newest.reason, newest.at) == (2, "Bob", "two are better", NOW)
    assert first.entries[0].before is None
    assert versions.diff(newest.entries[0].before, newest.entries[0].text)[-2:] == [
        "-    within_days: 30",
        "+    within_days: 60",
    ]


def test_a_change_that_changes_nothing_is_none(tmp_path: Path) -> None:
    assert versions.change(tmp_path, [("features", "teas", feature(30))], "Lin", "", NOW)
    assert versions.change(tmp_path, [("features", "teas", feature(30))], "Lin", "", NOW) is None


def test_going_back_brings_every_definition_to_that_version(tmp_path: Path) -> None:
    versions.change(tmp_path, [("features", "teas", feature(30))], "Lin", "", NOW)
    both = [("features", "teas", feature(60)), ("features", "pots", feature(7, "pots"))]
    versions.change(tmp_path, both, "Lin", "", NOW)  # type: ignore[arg-type]
    versions.change(tmp_path, versions.restored(tmp_path, 1), "Lin", "back", NOW)
    assert find(tmp_path, "features", "teas").text == feature(30)
    with pytest.raises(NotFound):
        find(tmp_path, "features", "pots")
    versions.change(tmp_path, versions.restored(tmp_path, 2), "Lin", "and forth", NOW)
    assert find(tmp_path, "features", "pots").text == feature(7, "pots")


def test_what_was_written_by_hand_meanwhile_is_kept_too(tmp_path: Path) -> None:
    versions.change(tmp_path, [("features", "teas", feature(30))], "Lin", "", NOW)
    (tmp_path / "features" / "teas.yml").write_text(feature(45), "utf-8")
    versions.change(tmp_path, [("features", "teas", feature(60))], "Lin", "", NOW)
    found = versions.versions(tmp_path, "features", "teas")
    assert [(each.author, (each.entries[0].text or "")[-3:-1]) for each in found] == [
        ("Lin", "60"),
        ("by hand", "45"),
        ("Lin", "30"),
    ]


def test_a_line_that_a_crash_cut_short_costs_no_other_version(tmp_path: Path) -> None:
    versions.change(tmp_path, [("features", "teas", feature(30))], "Lin", "", NOW)
    with (tmp_path / versions.FILE).open("a") as file:
        file.write('{"number": 2, "at"')
    versions.change(tmp_path, [("features", "teas", feature(60))], "Lin", "", NOW)
    assert [each.number for each in versions.versions(tmp_path)] == [2, 1]


def test_there_is_no_going_back_to_what_never_was(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no version 7"):
        versions.restored(tmp_path, 7)


def test_the_first_change_of_a_built_in_definition_tells_only_what_it_changes(tmp_path: Path) -> None:
    text = find(tmp_path, "lifecycles", "growth").text
    changed = text.replace("days_since_last_order > 180", "days_since_last_order > 120")
    versions.change(tmp_path, [("lifecycles", "growth", changed)], "Lin", "", NOW)
    versions.change(tmp_path, [("lifecycles", "growth", None)], "Lin", "", NOW)
    back, first = versions.versions(tmp_path)
    for each, sign in ((first, "-+"), (back, "+-")):
        told = [line for line in each.entries[0].lines if line[0] in "+-"]
        assert sorted(line[0] for line in told) == ["+", "-"]
        assert "> 180" in next(line for line in told if line[0] == sign[0])


GUESTS = (
    "segments:\n  guests:\n    title: {en: Guests, zh: 贵宾}\n    meaning: {en: By hand., zh: 手工名单。}\n"
    "    file: guests.csv\n"
)


def guests(folder: Path, *ids: str) -> None:
    (folder / "segments").mkdir(exist_ok=True)
    (folder / "segments" / "guests.csv").write_text("customer\n" + "".join(f"{each}\n" for each in ids), "utf-8")


def listed(folder: Path) -> list[str]:
    return (folder / "segments" / "guests.csv").read_text("utf-8").split()[1:]


def test_a_version_keeps_the_lists_of_a_segment_and_brings_them_back(tmp_path: Path) -> None:
    guests(tmp_path, "c1", "c2")
    versions.change(tmp_path, [("segments", "guests", GUESTS)], "Lin", "", NOW)
    versions.change(tmp_path, [], "Lin", "one more", NOW, {"guests.csv": b"customer\nc1\nc2\nc3\n"})
    newest, _first = versions.versions(tmp_path, "segments", "guests")
    assert [line.split(",")[0] for line in newest.entries[0].lines] == ["-guests.csv: 3 lines", "+guests.csv: 4 lines"]
    assert listed(tmp_path) == ["c1", "c2", "c3"]
    lists = versions.restored_lists(tmp_path, 1)
    versions.change(tmp_path, versions.restored(tmp_path, 1), "Lin", "back", NOW, lists)
    assert listed(tmp_path) == ["c1", "c2"]
    assert versions.restored_lists(tmp_path, 3) == {}


def test_a_list_that_was_edited_by_hand_is_kept_before_it_is_replaced(tmp_path: Path) -> None:
    guests(tmp_path, "c1")
    versions.change(tmp_path, [("segments", "guests", GUESTS)], "Lin", "", NOW)
    guests(tmp_path, "c9")
    versions.change(tmp_path, versions.restored(tmp_path, 1), "Lin", "back", NOW, versions.restored_lists(tmp_path, 1))
    assert listed(tmp_path) == ["c1"]
    by_hand = versions.versions(tmp_path, "segments", "guests")[1]
    assert by_hand.author == "by hand"
    assert versions.lists_of(tmp_path, by_hand.entries[0]) == {"guests.csv": b"customer\nc9\n"}
    assert versions.has_its_lists(tmp_path, versions.versions(tmp_path)[0].entries[0])
    assert not versions.has_its_lists(tmp_path, by_hand.entries[0])


def test_a_list_that_two_segments_share_changes_both(tmp_path: Path) -> None:
    guests(tmp_path, "c1")
    both = [("segments", "guests", GUESTS), ("segments", "friends", GUESTS.replace("  guests:", "  friends:"))]
    versions.change(tmp_path, both, "Lin", "", NOW)  # type: ignore[arg-type]
    made = versions.change(tmp_path, [both[0]], "Lin", "", NOW, {"guests.csv": b"customer\nc2\n"})  # type: ignore[list-item]
    assert made is not None
    assert sorted(each.key for each in made.entries) == ["friends", "guests"]


def test_a_copy_of_a_list_that_is_gone_is_told(tmp_path: Path) -> None:
    guests(tmp_path, "c1")
    versions.change(tmp_path, [("segments", "guests", GUESTS)], "Lin", "", NOW)
    for path in (tmp_path / ".lists").iterdir():
        path.unlink()
    guests(tmp_path, "c2")
    with pytest.raises(NotFound, match=r'The kept copy of the list "guests\.csv" is no longer there'):
        versions.restored_lists(tmp_path, 1)


def test_versions_from_before_lists_were_kept_can_still_be_read(tmp_path: Path) -> None:
    versions.change(tmp_path, [("segments", "guests", GUESTS)], "Lin", "", NOW)
    log = tmp_path / ".versions.jsonl"
    said = json.loads(log.read_text("utf-8"))
    for entry in said["entries"]:
        del entry["lists"], entry["lists_before"]
    log.write_text(json.dumps(said) + "\n", "utf-8")
    guests(tmp_path, "c1")
    assert versions.has_its_lists(tmp_path, versions.versions(tmp_path)[0].entries[0])
    versions.change(tmp_path, [("segments", "guests", GUESTS.replace("Guests", "Friends"))], "Lin", "", NOW)
    assert [each.author for each in versions.versions(tmp_path)] == ["Lin", "Lin"]
    assert versions.restored_lists(tmp_path, 1) == {}
