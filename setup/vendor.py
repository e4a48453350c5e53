"""Copies the front-end files of node_modules that pages load into the theme's static folder."""

import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "src/tenure_web/theme/static/vendor"
FILES = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
    "tabler-icons.min.css": "@tabler/icons-webfont/dist/tabler-icons.min.css",
    "fonts/tabler-icons.woff2": "@tabler/icons-webfont/dist/fonts/tabler-icons.woff2",
    "echarts.min.js": "echarts/dist/echarts.min.js",
    "alpine-csp.min.js": "@alpinejs/csp/dist/cdn.min.js",
}
SOURCE_MAP = re.compile(r"\s*(//|/\*)# sourceMappingURL=\S+( \*/|\*/)?\s*$")
OTHER_FONTS = re.compile(r",\s*url\([^)]*\.(woff|ttf)[^)]*\)\s*format\([^)]*\)")


def main() -> None:
    """Copy every file, or stop with the name of the first that npm did not deliver."""
    modules = ROOT / "node_modules"
    for name, source in FILES.items():
        origin = modules / source
        if not origin.is_file():
            sys.exit(f"The front-end file {source} is missing from node_modules. Delete that folder and try again.")
        copy(origin, TARGET / name)


def copy(origin: Path, target: Path) -> None:
    """Copy through a neighbour and a rename, so that a running server never reads half a file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(target.name + ".new")
    if origin.suffix in {".js", ".css"}:
        fresh.write_text(trimmed(origin.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        shutil.copyfile(origin, fresh)
    fresh.replace(target)


def trimmed(text: str) -> str:
    """The text without references to files that are not shipped: source maps and the fonts older than woff2."""
    return OTHER_FONTS.sub("", SOURCE_MAP.sub("\n", text))


if __name__ == "__main__":
    main()
