"""docs/sampled-replies.md is what its script writes."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

import rlve_dsl

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "sampled-replies.md").read_text(encoding="utf-8")


def entries(section: str) -> str:
    return PAGE.split(f"\n## {section}\n\n")[1].split("\n## ")[0].rstrip("\n") + "\n"


@pytest.mark.parametrize(
    "collection", ["first-steps.yaml", "examples/warranty.yaml"]
)  # two of them, as each takes time
def test_the_page_is_current(collection: str) -> None:
    described = spec_from_file_location("write_sampled_replies", ROOT / "docs" / "write_sampled_replies.py")
    assert described is not None and described.loader is not None
    script = module_from_spec(described)
    described.loader.exec_module(script)
    scenario = rlve_dsl.load(ROOT / "scenarios" / collection)
    (name,) = scenario.environments
    written = entries(f"{scenario.name}: {name}")
    assert "".join(script._texts(scenario, name, written.count("\n"))) == written


def test_the_page_has_two_hundred_texts() -> None:
    assert sum(line.lstrip().startswith("- ") for line in PAGE.splitlines()) == 200
