"""Worlds to test in: the pocket catalog, and one of its product types grown large."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from rlve_dsl.catalog import Catalog, generate
from rlve_dsl.files import load
from rlve_dsl.rng import Stream
from rlve_dsl.world import Journal, Shop, State

POCKET = Path(__file__).parents[2] / "scenarios" / "catalogs" / "pocket.yaml"


@pytest.fixture(scope="session")
def pocket() -> Catalog:
    return generate(load(str(POCKET)).spec)


@pytest.fixture(scope="session")
def shelves() -> Catalog:
    return generate(load(str(POCKET)).spec, 400)


@pytest.fixture
def open_shop() -> Callable[..., Shop]:
    def make(catalog: Catalog, provided: Mapping[str, Any] | None = None, **axes: float) -> Shop:
        provided = {} if provided is None else provided
        return Shop(State(catalog, provided), Journal(), provided, axes, Stream("test"))

    return make
