"""The tools of the built-in store: those in Python, and those that its domain declares."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from rlve_dsl import files
from rlve_dsl.catalog import FUNCTIONS as OF_PRODUCTS
from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.domains.tools import ToolCompiler
from rlve_dsl.expressions import FUNCTIONS
from rlve_dsl.packaged import OWN, folders
from rlve_dsl.world import ENTITIES, TOOLS, Tool

_FILE = "domains/shop.yaml"
_ORDER = ("catalog", "cart", "order", "return", "user", "time", "policy")


@cache
def store_tools() -> Sequence[Tool]:
    """All tools of the built-in store. Prompts list tools in this order, so it is part of what an episode says."""
    return sorted((*_declared(), *TOOLS), key=_rank)


def _rank(tool: Tool) -> int:
    family = tool.name.partition(".")[0]
    return _ORDER.index(family) if family in _ORDER else len(_ORDER)


def _declared() -> Sequence[Tool]:
    source = files.load(str(folders()[OWN] / _FILE)).spec
    assert isinstance(source, files.Domain)
    found = Diagnostics()
    functions = {function.name: function for function in (*FUNCTIONS, *OF_PRODUCTS)}
    compiler = ToolCompiler(source, {kind.name: kind for kind in ENTITIES if not kind.hidden}, functions, None, found)
    made = [compiler.tool(declared) for declared in source.tools.values()]
    assert not found.errors, found.errors
    return [tool for one in made if one is not None for tool, _ in (one,)]
