"""Versions of the rules: their engines, and the work on drafts of the next one.

`jobs` is what that work is, `workshop` runs it in a process
of its own (`child`), `editions` the engines of a process.
"""
