"""A module imports only from rooms before its own."""

from __future__ import annotations

import ast
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "rlve_dsl"

# Row by row, as in docs/architecture.md; a room may import from every earlier entry.
ROOMS = (
    "values", "frozen", "caching", "one_thread", "english", "diagnostics", "errors", "rng", "writing", "terminal", "quantities", "readings", "tokens",
    "grammars", "parsing", "packaged",
    "expressions",
    "files",
    "axes", "policy", "catalog", "world", "user", "model_user", "reward", "domains",
    "hookspecs", "plugins",
    "compiler",
    "reference",
    "episode",
    "curriculum", "agents",
    "certify",
    "testing",
    "train", "adapters",
    "cli",
)  # fmt: skip

HEAVY = {
    "torch", "trl", "transformers", "datasets", "accelerate", "sentence_transformers", "ray",
    "faiss", "tantivy", "slime", "tokenizers", "safetensors", "z3",
    "openai",
}  # fmt: skip


@cache
def tree_of(path: Path) -> ast.Module:
    """What a module's text is parsed to, once for all tests."""
    return ast.parse(path.read_text(encoding="utf-8"))


def room_of(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if parts[0] == "rlve_dsl" and len(parts) > 1 else None


def imports(tree: ast.AST, whole: bool = False) -> list[tuple[str, bool]]:
    """(module, at module level?) of every import that runs; those under TYPE_CHECKING do not.

    `from rlve_dsl.room import name` is `rlve_dsl.room`, and with `whole` also `rlve_dsl.room.name`.
    """
    found: list[tuple[str, bool]] = []

    def visit(node: ast.AST, top: bool) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                continue
            if isinstance(child, ast.Import):
                found.extend((alias.name, top) for alias in child.names)
            elif isinstance(child, ast.ImportFrom) and child.module:
                if child.module != "rlve_dsl":
                    found.append((child.module, top))
                if child.module == "rlve_dsl" or whole:
                    found.extend((f"{child.module}.{alias.name}", top) for alias in child.names)
            visit(child, top and not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda))

    visit(tree, True)
    return found


MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_module_imports_only_from_rooms_before_its_own(path: Path) -> None:
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if own == "__init__":
        return
    assert own in ROOMS, f"{own} has no row"
    for module, _ in imports(tree_of(path)):
        room = room_of(module)
        if room is not None and room not in (own, "__version__"):
            assert room in ROOMS[: ROOMS.index(own)], f"{path.name} of {own} imports {module}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_rooms_are_entered_by_their_door(path: Path) -> None:
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    for module, _ in imports(tree_of(path)):
        room = room_of(module)
        if room not in (None, own):
            inside = module.split(".")[2:]
            assert not inside or (room, *inside) == ("expressions", "types"), (
                f"{path.name} goes past the door of {room}: {module}"
            )


ROOMS_WITH_FOLDERS = sorted(room for room in PACKAGE.iterdir() if room.is_dir() and [*room.glob("*/*.py")])


def parts_of_room(room: Path) -> dict[str, set[str]]:
    """Each sub-room and each top-level module of a room, and those of the same room that it imports."""
    parts: dict[str, set[str]] = {}
    for path in room.rglob("*.py"):
        own = path.relative_to(room).parts[0].removesuffix(".py")
        if own == "__init__":
            continue
        read = parts.setdefault(own, set())
        for module, _ in imports(tree_of(path), whole=True):
            inside = module.split(".")
            if inside[:2] == ["rlve_dsl", room.name] and len(inside) > 2 and inside[2] != own:
                read.add(inside[2])
    return {part: read & parts.keys() for part, read in parts.items()}


@pytest.mark.parametrize("room", ROOMS_WITH_FOLDERS, ids=lambda room: room.name)
def test_no_sub_room_is_in_a_circle_of_imports(room: Path) -> None:
    try:
        [*TopologicalSorter(parts_of_room(room)).static_order()]
    except CycleError as error:
        pytest.fail(f"a circle in {room.name}: {' → '.join(reversed(error.args[1]))}")


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_heavy_libraries_are_imported_where_they_are_used(path: Path) -> None:
    if path.relative_to(PACKAGE).parts[0] == "train":
        return  # a leaf: its modules are imported by the verb only
    heavy = [m for m, top in imports(tree_of(path)) if top and m.split(".")[0] in HEAVY]
    assert not heavy


def test_no_module_is_a_drawer_for_everything() -> None:
    drawers = {"utils", "util", "helpers", "common", "base", "manager", "misc"}
    assert not [p for p in MODULES if p.stem in drawers]
