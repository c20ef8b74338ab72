"""For the tests of a plugin: `check_plugin(module)` uses each of its primitives, and says what a sound one never does.

from rlve_dsl.testing import check_plugin
import my_shop.rlve

def test_my_plugin_is_sound():
    assert check_plugin(my_shop.rlve) == []
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import cache, partial
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from rlve_dsl import files
from rlve_dsl.catalog import Catalog, generate
from rlve_dsl.errors import PluginError, PluginFault, RlveError, UsageError
from rlve_dsl.expressions import Lambda, Parameter, Signature
from rlve_dsl.expressions.types import (
    BOOL,
    DAYS,
    INT,
    MONEY,
    REAL,
    Enum,
    Id,
    Keyed,
    ListOf,
    Optional,
    Over,
    Record,
    Type,
)
from rlve_dsl.packaged import packaged_path
from rlve_dsl.plugins import SLOW, Plugin, frozen, given_plugins, is_given, plugin_module, watched_all
from rlve_dsl.rng import Stream
from rlve_dsl.world import ENTITIES, TABLES, Draw, Event, Journal, Sampler, Shop, State, Tool, empty_tables

_SIZES = (3, 1, 10, 0)
"""The numbers that primitives are tried with, one after another, until one fits."""

_HASH_SEEDS = ("0", "4242")
_PRODUCTS = 60


def check_plugin(plugin: object, *, slow: float = SLOW) -> list[str]:
    """What is wrong with a plugin, a sentence for each fault; an empty list for a sound one.

    Every function, measure, sampler, tool and event is called with arguments that are made from its annotations: twice, with the same
    stream, and also in two other processes that order sets in other ways. A primitive whose slots no sampler of the plugin fills is
    not called. What only certain arguments show is found by `rlve-dsl certify --strict`.

    Args:
        plugin: The module or object with hooks, or the path of its file.
        slow: The seconds that one call may take.
    """
    try:
        module = plugin_module(plugin) if isinstance(plugin, str) else plugin
        (made,) = given_plugins([module])
    except (PluginError, UsageError) as problem:
        return [str(problem)]
    calls = _Calls(made, slow)
    found = [*calls.faults()]
    if isinstance(module, ModuleType) and module.__file__ and not found:
        found += _differences(module)
    return list(dict.fromkeys(found))


class _Calls:
    """Calls of everything that a plugin brings."""

    def __init__(self, plugin: Plugin, slow: float = SLOW) -> None:
        self._brings = watched_all(plugin.brings, slow)
        self._catalog = _catalog()
        self.results: list[Any] = []

    def faults(self) -> Iterator[str]:
        """What goes wrong, call by call."""
        provided: dict[str, Any] = {}
        for sampler in self._named("rlve_samplers"):
            yield from self._call(sampler, partial(self._first_of, sampler, provided))
        for hook in ("rlve_functions", "rlve_measures"):
            for function in self._named(hook):
                yield from self._call(function, tuple)
        for hook in ("rlve_tools", "rlve_events"):
            for one in self._named(hook):
                if set(getattr(one, "needs", ())) <= provided.keys():
                    for _ in range(2):  # the first call may load what later ones use, and is never too slow
                        yield from self._call(one, partial(self._first_of, one, provided))

    def _named(self, hook: str) -> list[Any]:
        return [*self._brings.get(hook, {}).values()]

    def _first_of(self, primitive: Sampler | Tool | Event, provided: dict[str, Any]) -> tuple[Draw | Shop]:
        """What a primitive takes first: a Draw with empty slots, or a Shop of a new episode."""
        stream = Stream("check_plugin", primitive.name)
        if isinstance(primitive, Sampler):
            for slot in primitive.provides:
                provided.pop(slot, None)
            return (Draw(stream, self._catalog, provided),)
        kinds = {kind.name: kind for kind in (*ENTITIES, *self._brings.get("rlve_entities", {}).values())}
        world = {**provided, TABLES: empty_tables(kinds.values())}
        return (Shop(State(self._catalog, world), Journal(), world, _Zeros(), stream),)

    def _call(self, primitive: Any, first: Any) -> Iterator[str]:
        """Call a primitive with numbers of several sizes, until one fits. Exceptions that every size meets are faults."""
        fault = ""
        for size in _SIZES:
            try:
                args = first()
                signature = primitive.signatures[0] if hasattr(primitive, "signatures") else primitive.signature
                value = primitive.call(*args, **_arguments(signature, size, self._catalog))
                self.results.append((primitive.name, frozen(_shown(value))))
                return
            except PluginFault as problem:
                if problem.__cause__ is None:  # it is no exception of the primitive itself
                    yield str(problem)
                    return
                fault = fault or str(problem)
            except RlveError:  # it refuses these arguments, as it may
                return
        yield fault


class _Zeros(dict[str, Any]):
    """The axes of a tool that is called outside an episode: all are 0."""

    def __missing__(self, name: str) -> int:
        return 0


def _shown(value: Any) -> Any:
    """A value without what is another object in another process."""
    return (
        json.loads(json.dumps(value, default=str, sort_keys=False)) if isinstance(value, list | dict | tuple) else value
    )


def _arguments(signature: Signature, size: int, catalog: Catalog) -> dict[str, Any]:
    """Arguments for a call: those that must be given."""
    return {
        _python_name(parameter): _value(parameter.type, size, catalog)
        for parameter in signature.parameters
        if parameter.required
    }


def _python_name(parameter: Parameter) -> str:
    return f"{parameter.name}_" if parameter.name in ("from", "in", "is", "if", "not", "for") else parameter.name


def _value(type_: Type, size: int, catalog: Catalog) -> Any:
    """A value of a type: a number of this size, or what has numbers of this size."""
    match type_:
        case Optional(item=item):
            return _value(item, size, catalog)
        case ListOf(item=item) | Keyed(item=item):
            return [_value(item, size + n, catalog) for n in range(max(size, 1))]
        case Record(name="product"):
            return catalog.product(size % catalog.size)
        case Record(fields=named):
            return {name: _value(of, size, catalog) for name, of in named}
        case Enum(values=values):
            return values[0]
        case Id(of="product"):
            return catalog.product(size % catalog.size)["id"]
        case Over(result=result):
            return Lambda(lambda item: _value(result, size, catalog))
    if type_ == REAL:
        return float(size)
    if type_ == BOOL:
        return size > 0
    return size if type_ in (INT, MONEY, DAYS) else f"text {size}"


@cache
def _catalog() -> Catalog:
    spec = files.load(packaged_path("package:rlve_dsl/catalogs/pocket.yaml")).spec
    assert isinstance(spec, files.Catalog)
    return generate(spec, _PRODUCTS)


def results_of(module: object) -> dict[str, str]:
    """What the primitives of a plugin give, by name and hashed: the same in every process, for a sound plugin."""
    (made,) = given_plugins([module])
    calls = _Calls(made)
    for _ in calls.faults():
        pass
    return {name: sha256(repr(value).encode()).hexdigest() for name, value in calls.results}


def _differences(module: ModuleType) -> Iterator[str]:
    """The primitives that give other values where sets have another order."""
    assert module.__file__ is not None
    named = module.__name__ if module.__spec__ and not is_given(module) else ""
    seen: list[dict[str, str]] = []
    for seed in _HASH_SEEDS:
        path = os.pathsep.join(filter(None, sys.path))
        ran = subprocess.run(
            [sys.executable, "-m", "rlve_dsl.testing", named, str(Path(module.__file__).resolve())],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if ran.returncode:
            yield f"plugin `{module.__name__}` cannot be loaded in another process: {ran.stderr.strip().splitlines()[-1]}"
            return
        seen.append(json.loads(ran.stdout))
    first, other = seen
    for name in first:
        if first[name] != other.get(name):
            yield f"`{name}` of {given_plugins([module])[0].name} gives another value in another process: it goes by the order of a set"


def main(words: Sequence[str]) -> None:
    """Print what the primitives of a plugin give, as JSON: the part of `check_plugin` in another process."""
    named, path = words
    print(json.dumps(results_of(import_module(named) if named else plugin_module(path))))


if __name__ == "__main__":
    main(sys.argv[1:])
