"""A process with the shipped packs loaded and used: says on stdout, as JSON, what memory it takes (MB)."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from assistant.bootstrap import load_engine
from assistant.settings import Settings
from benchmarks.text import generated


def status_mb(name: str) -> float | None:
    """Return a field of /proc/self/status in MB; None where there is no such file."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:")), None)


def main() -> int:
    engine = load_engine(Settings())
    for conversation in generated(20):
        engine.run(conversation)
    sys.stdout.write(json.dumps({"rss_mb": status_mb("VmRSS"), "peak_mb": status_mb("VmHWM")}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
