"""Calls of a plugin's primitives that are watched: what a sound primitive never does is a sentence.

A sound primitive draws only from its stream, changes nothing but by effects, keeps nothing between calls, reads no file and no
network, and is quick.
"""

from __future__ import annotations

import copy
import random
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from rlve_dsl.errors import PluginFault
from rlve_dsl.frozen import frozen
from rlve_dsl.hookspecs import PROJECT
from rlve_dsl.plugins.guard import SLOW, Guarded
from rlve_dsl.plugins.hooks import HOOKS
from rlve_dsl.plugins.kept import changed_in, content_of, kept_by
from rlve_dsl.plugins.timing import Took, timed
from rlve_dsl.rng import Stream
from rlve_dsl.user import fault_of_noise
from rlve_dsl.world import TABLES, Attempt, Draw, Shop, replay

_PACKAGE = str(Path(__file__).parents[1])
_WATCHED = ("open", "socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system")
_UNSEEDED, _THREAD = "random.Random", "threading.Thread"
_PURE = ("rlve_functions", "rlve_measures", "rlve_samplers", "rlve_disturbances", "rlve_noises")
_SLOW_CALLS: Counter[tuple[str, float]] = Counter()
_MET: list[list[tuple[str, str, str]]] = []  # what each call that is being watched has opened


@frozen
class Watched(Guarded):
    """As Guarded, and what a sound primitive never does raises PluginFault. A `pure` one is called twice."""

    pure: bool = False
    slow: float = SLOW

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        shop = args[0] if args and isinstance(args[0], Shop) else None
        draw = args[0] if args and isinstance(args[0], Draw) else None
        given = (args[1:], kwargs) if shop or draw else (args, kwargs)
        again = tuple(map(_fresh, args)) if self.pure else None
        before, slots = content_of(given), _slots(draw.provided if draw else shop.state.provided if shop else {})
        state, module = _random_state(), kept_by(self.python)
        rows = _rows_of(shop) if shop else []
        with _watched() as met, timed() as took:
            value = Guarded.__call__(self, *args, **kwargs)
        if met:
            self._fault(f"{met[0][0]} ({met[0][1]}); {met[0][2]}")
        if _random_state() != state:
            self._fault("draws from the global random state; draw from `draw.stream` or `shop.stream`")
        if content_of(given) != before:
            self._fault("changes one of its arguments")
        if changed := _changed_slot(slots, draw.provided if draw else shop.state.provided if shop else {}):
            self._fault(f"changes what is in the slot `{changed}`; only effects change the world")
        if changed := next((name for name, row, was in rows if content_of(row) != was), ""):
            self._fault(f"changes a row of `{changed}` in place; use `shop.set` or `shop.add`")
        if shop and replay(shop.journal, shop.catalog, shop.provided) != shop.state:
            self._fault("changes the state of the world without an effect; use `shop.create`, `shop.set` and the like")
        if changed := changed_in(module, kept_by(self.python)):
            self._fault(f"changes `{changed}` of its module; a primitive keeps nothing between calls")
        self._count(took)
        if again is not None and not self.most:
            with timed() as took:
                second = Guarded.__call__(self, *again, **kwargs)
            self._count(took)
            if content_of(second) != content_of(value):
                self._fault("gives another value when it is called again with the same arguments and the same stream")
        return value

    def _count(self, took: Took) -> None:
        """A second slow call is a fault; the first one may have loaded what later ones use."""
        if took.most > self.slow:
            _SLOW_CALLS[self.what, self.slow] += 1
            if _SLOW_CALLS[self.what, self.slow] > 1:
                does = "takes" if took.most == took.working else "waits"
                self._fault(f"{does} {took.most:.1f} s for one call; at most {self.slow:g} s are fine")

    def _fault(self, text: str) -> None:
        raise PluginFault(f"{self.what} {text}")


def watched(primitive: Any, hook: str, slow: float = SLOW) -> Any:
    """A primitive of a plugin whose calls are watched."""
    if not is_dataclass(primitive) or isinstance(primitive, type):
        return primitive
    found = {f.name: getattr(primitive, f.name) for f in fields(primitive)}
    changed: dict[str, Any] = {
        name: Watched(
            g.python, g.what, g.expected, g.result, g.most, False, _FAULTS.get(hook, g.fault),
            hook in _PURE and name == "call", slow,
        )
        for name, g in found.items()
        if type(g) is Guarded
    }  # fmt: skip
    return replace(primitive, **changed) if changed else primitive


def watched_all(brings: Mapping[str, Mapping[str, Any]], slow: float = SLOW) -> dict[str, dict[str, Any]]:
    """What a plugin brings, with calls of what is used at play watched."""
    at_play = {*_PURE, "rlve_tools", "rlve_events"} & HOOKS.keys()
    return {
        hook: {name: watched(one, hook, slow) if hook in at_play else one for name, one in named.items()}
        for hook, named in brings.items()
    }


def _fault_of_noise(value: Any, args: tuple[Any, ...]) -> str:
    return fault_of_noise(args[0], value)


_FAULTS = {"rlve_noises": _fault_of_noise}


def _fresh(given: Any) -> Any:
    """An argument for a second call, with a copy of its stream as it is before the first one."""
    if isinstance(given, Draw):
        return replace(given, **_copied(given))
    if isinstance(given, Attempt):
        return replace(given, stream=copy.copy(given.stream), arguments=copy.deepcopy(given.arguments))
    return copy.copy(given) if isinstance(given, Stream) else given


def _copied(draw: Draw) -> dict[str, Any]:
    """Copies of what a sampler may change of its Draw."""
    return {"stream": copy.copy(draw.stream), "provided": {slot: _copy(value) for slot, value in draw.provided.items()}}


def _copy(value: Any) -> Any:
    return dict(value) if isinstance(value, dict) else list(value) if isinstance(value, list) else value


def _rows_of(shop: Shop) -> list[tuple[str, Any, Any]]:
    """The rows of all entities: the entity of each, the row itself, and what it holds."""
    kinds = shop.state.tables.kinds
    return [(name, row, content_of(row)) for name in kinds for row in shop.table(name)]


def _slots(provided: Mapping[str, Any]) -> dict[str, Any]:
    return {slot: content_of(value) for slot, value in provided.items() if slot != TABLES}


def _changed_slot(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """The first slot whose value has changed; a mapping may get more entries."""
    for slot, old in before.items():
        new = content_of(after.get(slot))
        grown = old[0] == new[0] == "dict" and set(old[1]) <= set(new[1])
        if old != new and not grown:
            return slot
    return ""


def _random_state() -> object:
    kind, keys, *rest = np.random.get_state()
    return random.getstate(), kind, keys.tobytes() if isinstance(keys, np.ndarray) else keys, tuple(rest)


@contextmanager
def _watched() -> Iterator[list[tuple[str, str, str]]]:
    """The files and connections that code outside this package opens inside the block."""
    _install()
    met: list[tuple[str, str, str]] = []
    _MET.append(met)
    try:
        yield met
    finally:
        _MET.pop()


def _install() -> None:
    """Begin to listen to Python's audit events, to generators that get no seed and to threads, once in a process."""
    if not hasattr(sys, f"_{PROJECT}_listens"):
        setattr(sys, f"_{PROJECT}_listens", True)
        sys.addaudithook(_listen)
        random.Random.seed = _seed  # type: ignore[assignment, method-assign]
        threading.Thread.start = _start  # type: ignore[assignment, method-assign]


_SEED, _START = random.Random.seed, threading.Thread.start


def _seed(generator: random.Random, a: Any = None, version: int = 2) -> None:
    """As `Random.seed`."""
    if a is None and _MET:
        _note(_UNSEEDED, ())
    _SEED(generator, a, version)


def _start(thread: threading.Thread) -> None:
    """As `Thread.start`."""
    if _MET:
        _note(_THREAD, ())
    _START(thread)


def _listen(event: str, details: tuple[Any, ...]) -> None:
    if _MET and event in _WATCHED:
        _note(event, details)


def _note(event: str, details: tuple[Any, ...]) -> None:
    """Keep what code outside this package does, with its place and what to do instead."""
    frame = sys._getframe(2)
    while frame is not None and _is_of_python(frame.f_code.co_filename):
        frame = frame.f_back  # type: ignore[assignment]
    if frame is None or frame.f_code.co_filename.startswith(_PACKAGE):
        return
    if event == "open" and str(details[0]).endswith((".py", ".pyc", ".so")):
        return  # an import
    what, instead = f"uses the system ({event})", "read what it needs when it is imported"
    if event == "open":
        what = f"opens the file `{details[0]}`"
    elif event == _THREAD:
        what, instead = "starts a thread", "a call does all its work before it ends"
    elif event == _UNSEEDED:
        what, instead = "makes a random generator without a seed", "draw from `draw.stream` or `shop.stream`"
    _MET[-1].append((what, f"{Path(frame.f_code.co_filename).name}, line {frame.f_lineno}", instead))


def _is_of_python(filename: str) -> bool:
    return filename.startswith(("<frozen", "<string")) or (
        filename.startswith(str(Path(random.__file__).parent)) and "site-packages" not in filename
    )
