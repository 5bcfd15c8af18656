"""Measurements of the product: speed, findings in real conversations, the judging set.

Run each as a module from the root of a checkout: ``python -m benchmarks.speed``. What is measured
and how stands in docs/figures.md.
"""
