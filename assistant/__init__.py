"""Huashu (话术): script and phrase compliance for Chinese customer service."""

__version__ = "0.1.0"
