"""Try a built wheel as a stranger would.

``python .ci/smoke.py WHEEL`` installs it with its locked dependencies in a clean virtual environment
outside the checkout, then uses it from an empty folder, with no network and nothing of the checkout in
sight. Ends with what is wrong, if something is.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

CHECKOUT = Path(__file__).resolve().parents[1]
LOCKS = CHECKOUT / "requirements"
SAMPLE = CHECKOUT / "examples" / "broadband-fault-gb18030.txt"
NO_NETWORK = """
import sys

def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.bind"):
        raise RuntimeError(f"the wheel reaches for the network: {event} {arguments}")

sys.addaudithook(refuse)
"""


def main(wheel: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="huashu-smoke-") as name:
        folder = Path(name)
        environment = install(wheel.resolve(), folder)
        try_commands(environment, folder)
    sys.stdout.write(f"{wheel.name}: installs, carries its packs, checks and scores offline\n")


def install(wheel: Path, folder: Path) -> Path:
    """Return a virtual environment with the wheel in it, and with the network barred to it."""
    environment = folder / "venv"
    venv.create(environment, with_pip=True)
    pip: list[str | Path] = [
        environment / "bin" / "python",
        "-m",
        "pip",
        "--disable-pip-version-check",
        "install",
        "-qq",
    ]
    locked = ["--require-hashes", "--no-build-isolation", "--requirement"]
    run([*pip, *locked, LOCKS / "build.lock"])
    run([*pip, *locked, LOCKS / "base.lock"])
    run([*pip, "--no-deps", "--no-index", wheel])
    packages = next((environment / "lib").glob("python3*/site-packages"))
    (packages / "huashu_no_network.py").write_text(NO_NETWORK, encoding="utf-8")
    (packages / "huashu_no_network.pth").write_text("import huashu_no_network\n", encoding="utf-8")
    return environment


def try_commands(environment: Path, folder: Path) -> None:
    here, home = folder / "here", folder / "home"
    here.mkdir()
    home.mkdir()
    sample = shutil.copy(SAMPLE, folder)
    huashu = Commands(environment / "bin" / "huashu", here, home)

    checked = huashu.json("check", "这个不归我管", "--format", "json")
    expect(checked["schema"] == "huashu.check/1", "check writes huashu.check/1")
    expect([each["text"] for each in checked["findings"]] == ["不归我管"], "check finds 不归我管")
    expect(all(pack["sha256"] for pack in checked["packs"]), "every pack has its hash")

    names = {pack["name"] for pack in checked["packs"]}
    there = {path.parent.name for path in (CHECKOUT / "phrase_rules").glob("*/*.yml")}
    expect(len(names) >= len(there), f"the packs travel: {sorted(there)} against {sorted(names)}")
    rules = huashu.json("rules", "list", "--format", "json")
    expect(len(rules) > len(there), "the rules travel")

    (report,) = huashu.json("score", str(sample), "--format", "json")
    expect(report["status"] == "scored" and report["findings"], "score finds what the sample holds")
    page = huashu.run("score", str(sample), "--format", "html")
    expect("</html>" in page and not re.search(r'(src|href)="(?!#)', page), "the page needs no other files")
    expect(not list(home.rglob("rules-*")), "the shipped packs come compiled")
    expect(not list(here.iterdir()), f"nothing is left behind: {[each.name for each in here.iterdir()]}")


class Commands:
    """Runs ``huashu`` in a folder, with a home of its own and no word of the checkout."""

    def __init__(self, program: Path, folder: Path, home: Path) -> None:
        self._program = program
        self._folder = folder
        self._environment = {"PATH": os.defpath, "HOME": str(home), "LANG": "C"}

    def run(self, *arguments: str) -> str:
        return run([self._program, *arguments], cwd=self._folder, env=self._environment)

    def json(self, *arguments: str) -> Any:
        return json.loads(self.run(*arguments))


def run(command: Sequence[str | Path], **options: Any) -> str:
    done = subprocess.run(command, check=False, capture_output=True, encoding="utf-8", **options)  # noqa: S603
    if done.returncode:
        words = " ".join(map(str, command))
        raise SystemExit(f"{words}\nended with {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return str(done.stdout)


def expect(true: object, what: str) -> None:
    if not true:
        raise SystemExit(f"the wheel fails: {what}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
