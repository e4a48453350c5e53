"""Every visible string has a Chinese translation. `./run messages` adds what is missing to the files."""

import io
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polib
from babel.messages.extract import extract
from django.utils.translation.template import templatize

from checks.places import WEB, place

LANGUAGE = "zh_Hans"
SHARED = "theme"  # words that several apps use stand there
KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
Catalogue = dict[tuple[str, str], polib.POEntry]
Catalogues = dict[str, Catalogue]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


@dataclass(frozen=True)
class Message:
    """One string to translate and where it stands."""

    text: str
    plural: str
    context: str
    path: Path
    line: int

    @property
    def key(self) -> tuple[str, str]:
        return self.context, self.text


def problems(web: Path = WEB) -> list[str]:
    """Strings without translation, translations that lost a placeholder, and words translated in two ways."""
    files = {app: catalogue(web, app) for app in apps(web)}
    found = [problem for app in files for problem in untranslated(web, app, files)]
    return found + list(two_ways(files))


def apps(web: Path) -> list[str]:
    return sorted(path.name for path in web.iterdir() if (path / "__init__.py").is_file())


def file_of(web: Path, app: str) -> Path:
    return web / app / "locale" / LANGUAGE / "LC_MESSAGES/django.po"


def catalogue(web: Path, app: str) -> Catalogue:
    """What the app's file translates, by (context, text)."""
    path = file_of(web, app)
    entries = polib.pofile(str(path)) if path.is_file() else []
    return {(entry.msgctxt or "", entry.msgid): entry for entry in entries if not entry.obsolete}


def untranslated(web: Path, app: str, files: Catalogues) -> Iterator[str]:
    """The app's strings that neither its own file nor the theme's translates, each at its first place."""
    for message in once(messages(web, app)):
        entry = files[app].get(message.key) or files[SHARED].get(message.key)
        words = entry and "fuzzy" not in entry.flags and (entry.msgstr or "".join(entry.msgstr_plural.values()))
        if not words:
            yield f'{place(message.path, message.line)}: no Chinese translation of "{message.text}".'
        elif not message.plural and (odd := placeholders(message.text) ^ placeholders(words)):
            where = place(message.path, message.line)
            yield f'{where}: "{message.text}" and its translation differ in {", ".join(odd)}.'


def once(found: Iterable[Message]) -> list[Message]:
    """Each string at its first place."""
    first: dict[tuple[str, str], Message] = {}
    for message in found:
        first.setdefault(message.key, message)
    return list(first.values())


def placeholders(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


def two_ways(files: Catalogues) -> Iterator[str]:
    """Django knows one translation of a string for the whole site: two apps may not disagree."""
    seen: dict[tuple[str, str], tuple[str, str]] = {}
    for app, entries in files.items():
        for key, entry in entries.items():
            if entry.msgstr:
                other, words = seen.setdefault(key, (app, entry.msgstr))
                if words != entry.msgstr:
                    yield (
                        f'"{entry.msgid}" is 「{words}」 in {other} and 「{entry.msgstr}」 in {app}. '
                        "Choose one, or tell the meanings apart with pgettext."
                    )


def messages(web: Path, app: str) -> Iterator[Message]:
    """Every string to translate in the app's Python and templates; the web's own files count as the theme's."""
    folder = web / app
    for path in sorted(folder.rglob("*.py")) + (sorted(web.glob("*.py")) if app == SHARED else []):
        yield from read(path, path.read_text("utf-8"))
    for path in sorted([*folder.rglob("templates/**/*.html"), *folder.rglob("templates/**/*.txt")]):
        yield from read(path, as_python(path))


def as_python(path: Path) -> str:
    """The template as Django's own extraction sees it: calls of gettext amid blanks; indentation would mislead."""
    return "\n".join(line.lstrip() for line in templatize(path.read_text("utf-8"), origin=str(path)).split("\n"))


def read(path: Path, text: str) -> Iterator[Message]:
    source = io.BytesIO(text.encode())
    for line, found, _, context in extract("python", source, keywords=KEYWORDS, options={"encoding": "utf-8"}):
        words = found if isinstance(found, tuple) else (found,)
        if words[0]:
            yield Message(words[0], words[1] if len(words) > 1 else "", context or "", path, line)


def add(web: Path = WEB) -> int:
    """Write the strings that no file has yet into their app's file, without a translation. Says how many."""
    shared, added = catalogue(web, SHARED), 0
    for app in apps(web):
        known = catalogue(web, app)
        elsewhere = {} if app == SHARED else shared
        missing = [m for m in once(messages(web, app)) if m.key not in known and m.key not in elsewhere]
        if missing:
            write(file_of(web, app), missing)
            added += len(missing)
    return added


def write(path: Path, missing: Iterable[Message]) -> None:
    file = polib.pofile(str(path), wrapwidth=0) if path.is_file() else new_file()
    file.wrapwidth = 0
    for message in missing:
        plural = {"msgid_plural": message.plural, "msgstr_plural": {0: ""}} if message.plural else {}
        file.append(polib.POEntry(msgid=message.text, msgctxt=message.context or None, **plural))
    path.parent.mkdir(parents=True, exist_ok=True)
    file.save(str(path))


def new_file() -> polib.POFile:
    file = polib.POFile(wrapwidth=0)
    file.metadata = {
        "Language": LANGUAGE,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=1; plural=0;",
    }
    return file


if __name__ == "__main__":
    if sys.argv[1:] == ["--add"]:
        print(f"{add()} strings added.")
    else:
        print("\n".join(problems()))
