"""Built-in definitions and a workspace's own, read, checked and frozen. All problems are told together."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache, partial
from importlib import resources
from pathlib import Path
from types import MappingProxyType

from tenure import money
from tenure.definitions.located import Entry, Problems, did_you_mean, read
from tenure.definitions.membership import Outlook
from tenure.definitions.objects import Definitions, Feature, Lifecycle, Rfm, Segment, ValueSegment
from tenure.definitions.reading_features import resolve, to_feature, to_score
from tenure.definitions.reading_lifecycles import to_lifecycle, to_value_segments
from tenure.definitions.reading_profiles import profile_features
from tenure.definitions.reading_segments import to_rfm, to_segment, without_circles
from tenure.definitions.rules import Rule, fields_of, parse
from tenure.definitions.section import Section
from tenure.errors import DefinitionError

__all__ = ["FOLDERS", "built_in", "check", "load", "load_checked", "own_files", "stamp"]

FOLDERS = ("features", "lifecycles", "segments")
MAX_FILES = 500
Take = Callable[[str, str, bool], None]
ReadRule = Callable[[str], Rule]
_LANGUAGE = "1"  # raise when the meaning of the same definition changes: it is part of the hash


def load(folder: str | Path | None = None, currency: str = "USD") -> Definitions:
    """The built-in definitions with those in `folder` (a workspace's `definitions`) added or put in their place.

    `currency` is the workspace's: rules name money in whole units of it. Raises DefinitionError with all problems.
    """
    digits = money.exponent(currency)
    if folder is None or not any(own_files(Path(folder) / kind) for kind in FOLDERS):
        return _built_in(digits)
    return _loaded(Path(folder), digits)


@lru_cache
def _built_in(digits: int) -> Definitions:
    """Frozen, so that everybody in a process may have the same."""
    return _loaded(None, digits)


@lru_cache
def _read_ours(text: str) -> Entry | None:
    """A built-in file, read once: it stays the same, and nobody changes what was read."""
    problems = Problems("built-in definitions")
    top = read(text, problems)
    if problems.errors:
        raise DefinitionError(problems.errors)
    return top


def _loaded(folder: Path | None, digits: int) -> Definitions:
    loader = _Loader(digits)
    definitions = loader.run(folder)
    if loader.errors:
        raise DefinitionError(loader.errors)
    return definitions


def built_in(currency: str = "USD") -> Definitions:
    """The built-in definitions alone."""
    return load(None, currency)


def check(folder: str | Path, currency: str = "USD") -> list[str]:
    """Everything that is wrong or incomplete in `folder`, one sentence each; empty when all is well."""
    loaded = _Loader(money.exponent(currency))
    loaded.run(Path(folder))
    return [*loaded.errors, *loaded.warnings]


def load_checked(folder: Path, currency: str = "USD") -> tuple[Definitions, list[str], list[str]]:
    """The definitions with their errors and warnings, one sentence each; they are only good without errors."""
    loaded = _Loader(money.exponent(currency))
    definitions = loaded.run(folder)
    return definitions, loaded.errors, loaded.warnings


def stamp(folder: str | Path) -> tuple[tuple[str, int, int], ...]:
    """Name, time and size of every definition file: equal stamps mean nothing changed."""
    found = []
    lists = sorted((Path(folder) / "segments").glob("*.[ct][sx][vt]"))  # fixed lists of customers beside them
    for path in [*(path for kind in FOLDERS for path in own_files(Path(folder) / kind)), *lists]:
        with suppress(FileNotFoundError):  # removed while we look: it is not there
            found.append((str(path), path.stat().st_mtime_ns, path.stat().st_size))
    return tuple(found)


def own_files(folder: Path) -> list[Path]:
    """The definition files of one folder, in the order they are read."""
    found = sorted(path for path in folder.glob("*.y*ml") if path.is_file() and not path.name.startswith("."))
    if len(found) > MAX_FILES:
        raise DefinitionError([f"{folder} holds {len(found)} files; at most {MAX_FILES} are read."])
    return found


class _Loader:
    """One load: files are read, features resolved, then rules are read against them."""

    def __init__(self, digits: int) -> None:
        self.digits = digits
        self.files: list[Problems] = []
        self.twice: frozenset[str] = frozenset()  # file names that stand in more than one folder
        self.catalogue: dict[str, Feature] = {}
        self.sections: dict[str, Section] = {}
        self.lifecycles: dict[str, Lifecycle] = {}
        self.segments: dict[str, Segment] = {}
        self.segment_sections: dict[str, Section] = {}
        self.rfm = Rfm()
        self.rfm_file = ""

    @property
    def errors(self) -> list[str]:
        return [sentence for file in self.files for sentence in file.errors]

    @property
    def warnings(self) -> list[str]:
        return [sentence for file in self.files for sentence in file.warnings]

    def run(self, folder: Path | None) -> Definitions:
        """Read everything. The result is only good when there are no errors."""
        home = resources.files("tenure.definitions") / "builtin"
        own = {kind: own_files(folder / kind) if folder else [] for kind in FOLDERS}
        names = Counter(path.name for paths in own.values() for path in paths)
        self.twice = frozenset(name for name, count in names.items() if count > 1)
        value_segments = self._value_segments(home.joinpath("segments.yml").read_text("utf-8"))
        self._features("features.yml", home.joinpath("features.yml").read_text("utf-8"), True)
        self._scores(home.joinpath("scores.yml").read_text("utf-8"))
        for path in own["features"]:
            self._own(path, self._features)
        before = len(self.files)
        for path in own["segments"]:
            self._own(path, self._segments)
        self.files, read_later = self.files[:before], self.files[before:]
        resolve(self.catalogue, self.sections, self.digits)
        read_rule = partial(parse, catalogue=self.catalogue, fields=fields_of(self.catalogue, self.digits))
        take = partial(self._lifecycles, read_rule=read_rule, campaigns=_campaign_keys(value_segments))
        for key in ("growth", "relationship", "adoption", "purchase", "lifespan"):
            text = home.joinpath("lifecycles", f"{key}.yml").read_text("utf-8")
            take(f"{key}.yml", text, True)
        for path in own["lifecycles"]:
            self._own(path, take)
        self.files += read_later
        self._read_segments(folder / "segments" if folder else None, value_segments)
        return self._frozen(value_segments)

    def _own(self, path: Path, take: Take) -> None:
        """Hand a file of the workspace to a reader; a file that is no text is a problem, not a crash.

        Problems name the file, with its folder where another folder has one of the same name.
        """
        name = f"{path.parent.name}/{path.name}" if path.name in self.twice else path.name
        try:
            text = path.read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            self._open(name).add(1, f"it cannot be read ({type(error).__name__}). Save it as UTF-8 text.")
            return
        take(name, text, False)

    def _open(self, name: str) -> Problems:
        problems = Problems(name)
        self.files.append(problems)
        return problems

    def _top(self, name: str, text: str, built_in: bool) -> Section | None:
        problems = self._open(name)
        top = _read_ours(text) if built_in else read(text, problems)
        return None if top is None else Section(top, f"{name}", problems, built_in)

    def _features(self, name: str, text: str, built_in: bool) -> None:
        top = self._top(name, text, built_in)
        if top is None:
            return
        top.known(("features",))
        for key, section in top.named("features", "feature").items():
            self._feature(key, section)

    def _scores(self, text: str) -> None:
        """Take what other rooms say of a customer."""
        top = self._top("scores.yml", text, True)
        for source, section in top.named("scores", "source").items() if top is not None else ():
            for key, inner in section.named("features", "feature").items():
                feature = to_score(source, key, inner, self.digits)
                self.catalogue[feature.key], self.sections[feature.key] = feature, inner

    def _feature(self, key: str, section: Section, within: str = "") -> None:
        before = self.sections.get(key)
        if before is not None and not before.built_in:
            section.problem("", f'feature "{key}" is also defined in {before.problems.file}.')
        feature = to_feature(key, section, self.digits)
        if feature is not None:
            digits = self.digits if feature.unit == "money" else None
            self.catalogue[key], self.sections[key] = replace(feature, digits=digits, within=within), section

    def _lifecycles(self, name: str, text: str, built_in: bool, read_rule: ReadRule, campaigns: frozenset[str]) -> None:
        top = self._top(name, text, built_in)
        if top is None:
            return
        found = to_lifecycle(top, read_rule)
        if found is None:
            return
        before = self.lifecycles.get(found.key)
        if before is not None and not before.built_in:
            top.problem("lifecycle", f'lifecycle "{found.key}" is defined in two files.')
        for stage in found.stages:
            if any(each.campaign and each.campaign not in campaigns for each in stage.strategies):
                _say_campaigns(top, stage.key, campaigns)
        self.lifecycles[found.key] = found

    def _segments(self, name: str, text: str, built_in: bool) -> None:
        """Take a file's segments, and the features written with them; their rules are read once all keys are known."""
        top = self._top(name, text, built_in)
        if top is None:
            return
        top.known(("segments", "rfm"))
        rfm = top.section("rfm", "rfm")
        if rfm is not None:
            if self.rfm_file:
                rfm.problem("", f'"rfm" is also written in {self.rfm_file}.')
            self.rfm, self.rfm_file = to_rfm(rfm, self.digits), name
        for key, section in top.named("segments", "segment").items():
            if key in self.segment_sections:
                section.problem("", f'segment "{key}" is defined in two files.')
            self.segment_sections[key] = section
            for own, inner in section.named("features", "feature").items():
                if own in self.catalogue and self.sections[own].built_in:
                    inner.problem("", f'feature "{own}" is built in. Choose another key.')
                self._feature(own, inner, key)
            for feature, where in profile_features(key, section):
                if feature.key in self.catalogue:
                    where.problem("", f'"{feature.key}" is the fit of {section.name}. Choose another key.')
                self.catalogue[feature.key], self.sections[feature.key] = replace(feature, within=key), where

    def _read_segments(self, folder: Path | None, value_segments: dict[str, ValueSegment]) -> None:
        titles = {  # read again, and complained about, with the segment itself
            key: section.unheard().words("title", required=False) for key, section in self.segment_sections.items()
        }
        named = {key: each.title for key, each in value_segments.items()}
        outlook = Outlook(self.catalogue, self.lifecycles, titles, named, self.digits)
        found = {key: to_segment(key, section, outlook, folder) for key, section in self.segment_sections.items()}
        read = {key: segment for key, segment in found.items() if segment is not None}
        self.segments = without_circles(read, self.segment_sections)

    def _value_segments(self, text: str) -> dict[str, ValueSegment]:
        top = self._top("segments.yml", text, True)
        return {} if top is None else to_value_segments(top.named("value_segments", "value segment"))

    def _frozen(self, value_segments: dict[str, ValueSegment]) -> Definitions:
        parts = (self.catalogue, self.lifecycles, self.segments, value_segments, self.rfm)
        written = repr((_LANGUAGE, self.digits, *parts)).encode("utf-8", "surrogatepass")
        mark = hashlib.sha256(written).hexdigest()[:20]
        return Definitions(
            MappingProxyType(self.catalogue),
            MappingProxyType(self.lifecycles),
            MappingProxyType(self.segments),
            MappingProxyType(value_segments),
            mark,
            tuple(self.warnings),
            self.rfm,
        )


def _say_campaigns(top: Section, stage_key: str, campaigns: frozenset[str]) -> None:
    """Note every campaign of a stage's strategies that does not exist, at its own line."""
    stages = top.section("stages", "stages")
    stage = stages.section(stage_key, "stage") if stages else None
    for strategy in stage.sections("strategies", "strategy") if stage else ():
        campaign = strategy.text("campaign")
        if campaign and campaign not in campaigns:
            hint = did_you_mean(campaign, campaigns)
            strategy.problem("campaign", f'stage "{stage_key}": unknown campaign "{campaign}".{hint}')


def _campaign_keys(value_segments: dict[str, ValueSegment]) -> frozenset[str]:
    return frozenset(campaign.key for each in value_segments.values() for campaign in each.advice)
