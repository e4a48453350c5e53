"""Compiles every app's translations (.po) to what Django reads (.mo), without GNU gettext."""

import sys
from pathlib import Path

import polib

SOURCE = Path(__file__).resolve().parent.parent / "src"


def main() -> None:
    """Compile all, or stop with the file and line that cannot be read."""
    for path in sorted(SOURCE.glob("**/locale/*/LC_MESSAGES/*.po")):
        try:
            polib.pofile(str(path)).save_as_mofile(str(path.with_suffix(".mo")))
        except (OSError, UnicodeDecodeError) as error:
            sys.exit(f"{path.relative_to(SOURCE)} cannot be compiled: {error}")


if __name__ == "__main__":
    main()
