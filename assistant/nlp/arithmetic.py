"""Sums that come out alike on every x86-64 machine, so that training gives the same files everywhere.

The libraries behind numpy and scikit-learn choose their kernels by the processor and share the work out
among its cores; each way adds in another order, and training makes large differences of small ones.
"""

from __future__ import annotations

import os
import platform
import sys

_ALIKE = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OPENBLAS_CORETYPE": "Haswell",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
}


def pin() -> bool:
    """Let numpy, once it is imported, count in one fixed order; return whether that was still possible.

    On other processors than x86-64 nothing is changed: there files may differ in some weights.
    """
    if "numpy" in sys.modules or platform.machine() not in ("x86_64", "AMD64"):
        return False
    os.environ.update(_ALIKE)
    return True
