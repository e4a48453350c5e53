"""One shell a document: folder, variables and servers in the background stay from command to command."""

import os
import secrets
import signal
import subprocess
import sys
from pathlib import Path


class Shell:
    """A bash in `folder`, with those of `programs` and this environment first and nothing of the user's settings."""

    def __init__(self, folder: Path, language: str = "C", programs: Path | None = None) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env=environment(folder, language, programs or Path(sys.executable).parent),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(folder / ".errors").open("w"),
            text=True,
            start_new_session=True,
        )

    def run(self, command: str) -> tuple[str, int]:
        """(what it printed, its exit code)."""
        mark = secrets.token_hex(8)
        self.process.stdin.write(f"{{ {command}\n}} </dev/null\nprintf '\\n%s %s\\n' {mark} $?\n")
        self.process.stdin.flush()
        lines = []
        for line in self.process.stdout:
            if line.startswith(mark):
                return "".join(lines).removesuffix("\n"), int(line.split()[1])
            lines.append(line)
        return "".join(lines), -1

    def write(self, name: str, text: str) -> None:
        """Write a file where the shell is now."""
        folder, _ = self.run("pwd")
        path = Path(folder.strip()) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def errors(self) -> str:
        return (self.folder / ".errors").read_text()[-2000:]

    def close(self) -> None:
        """End the shell and everything it started."""
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)


def environment(folder: Path, language: str, programs: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("TMPDIR", "SSL_CERT_FILE") if name in os.environ}
    return {
        **kept,
        "PATH": f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(folder),
        "LANG": f"{language}.UTF-8",
        "COLUMNS": "100",
    }
