"""Queries in words, as tools that search take them."""

from __future__ import annotations

from rlve_dsl.errors import Refusal

LONGEST_QUERY = 10_000
"""Characters of a query in words."""


def check_query(query: str) -> None:
    """Raises Refusal when a query in words is too long to search for."""
    if len(query) > LONGEST_QUERY:
        raise Refusal(f"a query has at most {LONGEST_QUERY:,} characters")
