"""The two catalogs that are shipped, at their own sizes, and a small one to change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rlve_dsl.catalog import Catalog, check, generate
from rlve_dsl.diagnostics import Diagnostic, Diagnostics
from rlve_dsl.errors import ScenarioError
from rlve_dsl.files import kinds, load, load_text

FOLDER = Path(__file__).parents[2] / "scenarios" / "catalogs"


def declared(name: str) -> kinds.Catalog:
    spec = load(str(FOLDER / f"{name}.yaml")).spec
    assert isinstance(spec, kinds.Catalog)
    return spec


@pytest.fixture(scope="session")
def pocket_spec() -> kinds.Catalog:
    return declared("pocket")


@pytest.fixture(scope="session")
def general_spec() -> kinds.Catalog:
    return declared("general")


@pytest.fixture(scope="session")
def general(general_spec: kinds.Catalog) -> Catalog:
    return generate(general_spec)


@pytest.fixture(scope="session")
def pocket(pocket_spec: kinds.Catalog) -> Catalog:
    return generate(pocket_spec)


MUGS = """\
kind: Catalog
name: mugs
source: generated
size: 40
lines: [Dawn, Dusk]
departments:
  kitchen:
    brands: [Norvale, Quilltek]
    types:
      mug:
        short_name: "{brand} mug"
        title: "{brand} mug, {volume} ml, {color}"
        price: {median: $10, spread: 0.4}
        attributes:
          volume: {type: int, values: [250, 330, 400], unit: ml, wanted: at_least, says: "at least {value} ml"}
          color: {type: enum, values: [red, blue, green], says: "in {value}"}
        variants: {attribute: color, options: 2..3}
projects:
  tea: {title: tea, needs: [mug]}
"""


@pytest.fixture
def made() -> Callable[..., Catalog]:
    """Makes a catalog of mugs, of any size, with one part of its declaration replaced."""

    def make(old: str = "", new: str = "", size: int | None = None) -> Catalog:
        spec = load_text(MUGS.replace(old, new, 1), "mugs.yaml").spec
        assert isinstance(spec, kinds.Catalog)
        return generate(spec, size)

    return make


@pytest.fixture
def problems() -> Callable[[str, str], list[Diagnostic]]:
    """Gives the diagnostics for the mugs with one part of the declaration replaced."""

    def tell(old: str, new: str) -> list[Diagnostic]:
        assert MUGS.count(old) == 1
        try:
            spec = load_text(MUGS.replace(old, new), "mugs.yaml").spec
        except ScenarioError as error:
            return list(error.diagnostics)
        assert isinstance(spec, kinds.Catalog)
        diagnostics = Diagnostics()
        check(spec, diagnostics)
        return diagnostics.items

    return tell
