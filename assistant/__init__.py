"""Huashu (话术): script and phrase compliance for Chinese customer service."""
