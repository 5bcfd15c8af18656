"""Training counts in one fixed order on every machine."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from assistant.nlp.arithmetic import pin

_SAID = """
from assistant.nlp.arithmetic import pin
assert pin()
import sklearn.linear_model
from numpy._core._multiarray_umath import __cpu_features__ as known
from threadpoolctl import threadpool_info
assert not known["X86_V4"]
for each in threadpool_info():
    assert each["num_threads"] == 1, each
    assert each.get("architecture", "Haswell") == "Haswell", each
"""


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="pinned on x86-64 alone")
def test_numpy_counts_alike_on_every_processor() -> None:
    subprocess.run([sys.executable, "-W", "error", "-c", _SAID], check=True)  # noqa: S603


def test_it_is_too_late_once_numpy_has_chosen() -> None:
    assert "numpy" in sys.modules or __import__("numpy")
    assert not pin()
