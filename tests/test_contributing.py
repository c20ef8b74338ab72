"""CONTRIBUTING.md is true: what its table names exists, and what it promises works in a copy of the package."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rlve_dsl.cli import VERBS
from rlve_dsl.hookspecs import PROJECT
from rlve_dsl.plugins import registry
from rlve_dsl.reference import pages

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
TABLE = [
    tuple(cell.strip() for cell in line.strip("|").split("|")) for line in TEXT.splitlines() if line.startswith("|")
]
ROWS = TABLE[2:]


def code_in(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def is_defined(name: str, folders: list[Path]) -> bool:
    """Whether a Python file in these folders defines the name, or a YAML file has it as a key."""
    files = [f for p in folders for f in (p.rglob("*") if p.is_dir() else [p])]
    ways = {".py": rf"(?m)^(class |def )?{re.escape(name)}\b", ".yaml": rf"\b{re.escape(name)}:"}
    return any(re.search(ways[f.suffix], f.read_text(encoding="utf-8")) for f in files if f.suffix in ways)


def missing(row: tuple[str, ...]) -> Iterator[str]:
    """What a row names and does not exist: paths, files and names below its paths, verbs, targets of make, links."""
    _, change, example = row
    words = code_in(change)
    folders = [ROOT / word for word in words if "/" in word and (ROOT / word).exists()]
    for word in [*words, *code_in(example)]:
        if word.startswith("rlve-dsl "):
            exists = word.split()[1] in VERBS
        elif "/" in word:
            exists = (ROOT / word).exists()
        elif "." in word:
            exists = any(list(path.rglob(word)) for path in folders)
        else:
            exists = word == PROJECT or is_defined(word, [*folders, ROOT / "scenarios"])
        if not exists:
            yield word
    yield from (link for link in re.findall(r"\]\(([^)]+)\)", change) if not (ROOT / link).exists())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_what_a_row_names_exists(row: tuple[str, ...]) -> None:
    assert len(row) == 3 and not list(missing(row))


def test_a_row_that_is_not_true_is_seen() -> None:
    assert list(missing(("add a tool", "a function in `rlve_dsl/world/toys/`", ""))) == ["rlve_dsl/world/toys/"]
    assert list(missing(("add a tool", "a function in `rlve_dsl/world/tools/`", "`kart.py`"))) == ["kart.py"]
    assert list(missing(("add an event", "its name in `HAPPENINGS` of `rlve_dsl/world/`", ""))) == ["HAPPENINGS"]


def test_the_targets_of_make_exist() -> None:
    targets = set(re.findall(r"(?m)^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8")))
    assert set(re.findall(r"make (\w+)", TEXT)) <= targets


def test_the_pages_of_the_reference_are_current() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "reference").iterdir()}
    made = pages(registry())
    assert written.keys() == made.keys()
    assert not [name for name, text in made.items() if written[name] != text], "run: make generated"


# What is added to a copy of the package: the file of the table's row, and the text at its end.
ADDED = {
    "rlve_dsl/world/tools/browse.py": '''

@tool("cart.count", reveals_ids=False)
def count(shop: Shop) -> int:
    """Count the lines of the cart."""
    return len(shop.table("cart_line"))
''',
    "rlve_dsl/world/tools/gifts.py": '''
from rlve_dsl.world.tool import Shop, tool


@tool("gifts.wrap", writes={"gift": ("create",)}, reveals_ids=False)
def wrap(shop: Shop) -> int:
    """Wrap the cart."""
    shop.create("gift", {"times": 1})
    return len(shop.table("gift"))
''',
    "rlve_dsl/world/samplers/values.py": '''

@sampler()
def sample_sign(draw: Draw) -> int:
    """1 or -1, equally likely."""
    return draw.stream.choice((1, -1))
''',
    "rlve_dsl/world/event.py": '''

@event()
def power_cut(shop: Shop, minutes: int) -> None:
    """The lights go out."""


EVENTS = (*EVENTS, power_cut)
''',
    "rlve_dsl/expressions/functions.py": '''

@function()
def tripled(x: int) -> int:
    """Three times x."""
    return 3 * x


FUNCTIONS = (*FUNCTIONS, tripled)
''',
    "rlve_dsl/reward/measures.py": '''

@function()
def sameness(given: int, wanted: int) -> float:
    """1 when both are the same."""
    return float(given == wanted)


FUNCTIONS = (*FUNCTIONS, sameness)
''',
    "rlve_dsl/user/acts.py": """
ACTS = (*ACTS, Act("whistle", "The user whistles."))
""",
    "rlve_dsl/world/store.py": '''

class Gift(TypedDict):
    """What was wrapped."""

    gift_id: str
    times: int


ENTITIES = (*ENTITIES, entity("gift", Gift, key="gift_id", ids="G1"))
''',
}

PROGRAM = """
import json
from rlve_dsl import files
from rlve_dsl.plugins import registry
from rlve_dsl.reference import pages
from rlve_dsl.rng import Stream
from rlve_dsl.world import Journal, Shop, State, effect_from_json, replay
known = registry()
shop = Shop(State(None, {}), Journal(), {}, {}, Stream("test"))
assert known.tools["gifts.wrap"].call(shop) == 1
again = [effect_from_json(data) for data in json.loads(json.dumps(shop.journal.as_json()))]
print(json.dumps({
    "page": "".join(pages(known).values()),
    "schema": json.dumps(files.schema("Environment", known.vocabulary())),
    "names": [*known.tools, *known.samplers, *known.events, *known.functions, *known.measures, *known.acts],
    "replayed": len(replay(again, None, {}).table("gift")),
}))
"""


def test_a_primitive_is_added_in_one_file(tmp_path: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "rlve_dsl", tmp_path / "rlve_dsl", ignore=ignored)
    # the store's tools are read from it
    shutil.copytree(ROOT / "scenarios" / "domains", tmp_path / "scenarios" / "domains")
    for path, text in ADDED.items():
        assert any(str(Path(path).parent) in row[1] for row in ROWS)
        with (tmp_path / path).open("a", encoding="utf-8") as file:
            file.write(text)
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=tmp_path, env={"PYTHONPATH": str(tmp_path), "PATH": ""},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    made = json.loads(ran.stdout)
    for name in ("cart.count", "gifts.wrap", "sample_sign", "power_cut", "tripled", "sameness", "whistle"):
        assert name in made["names"] and f"## {name}\n" in made["page"]
        assert f'"{name}' in made["schema"] or name in ("tripled", "sameness")  # expressions are texts to a schema
    assert made["replayed"] == 1
