"""Bundle what lies beside the package into the wheel, and compile the rule packs it carries."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
BUNDLED = ("phrase_rules", "intents", "actions")
COMPILE = "from assistant.bootstrap import compile_shipped; compile_shipped()"


class BundlingBuild(build_py):
    """Copies the bundled folders to assistant/data; an editable install reads them where they are."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        built = Path(self.build_lib).resolve()
        for name in BUNDLED:
            if (ROOT / name).is_dir():
                target = built / "assistant" / "data" / name
                shutil.rmtree(target, ignore_errors=True)
                shutil.copytree(ROOT / name, target, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        shutil.copyfile(ROOT / "config.yml", built / "assistant" / "data" / "config.yml")
        environment = {**os.environ, "PYTHONPATH": str(built), "PYTHONDONTWRITEBYTECODE": "1"}
        subprocess.run([sys.executable, "-c", COMPILE], cwd=built, env=environment, check=True)  # noqa: S603


setup(cmdclass={"build_py": BundlingBuild})
