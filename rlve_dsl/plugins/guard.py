"""What a primitive of a plugin raises or returns wrongly becomes a sentence that names it and its plugin.

Built-in primitives are called as they are; only those of plugins are called through `Guarded`.
"""

from __future__ import annotations

import io
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from traceback import extract_tb
from typing import Any

import numpy as np

from rlve_dsl import catalog, expressions, user, world
from rlve_dsl.catalog import SearchDisabled
from rlve_dsl.errors import MissingExtra, PluginError, PluginFault, RlveError, Unsatisfiable
from rlve_dsl.expressions import EvaluationError
from rlve_dsl.expressions.types import (
    ANY,
    BOOL,
    NOTHING,
    REAL,
    TEXT,
    Enum,
    Id,
    Keyed,
    ListOf,
    Optional,
    Record,
    Scalar,
    Type,
)
from rlve_dsl.plugins.hooks import HOOKS
from rlve_dsl.plugins.timing import timed
from rlve_dsl.world import Refusal

_MOST_CHECKED = 1000  # items of a list that are looked at
_PACKAGE = str(Path(__file__).parents[1])
_ALWAYS: tuple[type[Exception], ...] = (PluginFault, MissingExtra, SearchDisabled)
_EXPECTED: dict[str, tuple[type[Exception], ...]] = {
    "rlve_tools": (Refusal,),
    "rlve_samplers": (Unsatisfiable, EvaluationError),
    "rlve_functions": (EvaluationError, Unsatisfiable),
    "rlve_measures": (EvaluationError, Unsatisfiable),
}
"""What a primitive may raise on purpose."""

_ATTRIBUTES = (
    "call",
    "about",
    "facts",
    "encode",
    "encode_query",
    "load",
    "write",
    "judge",
    "observe",
    "jobs",
    "work",
    "attempt",
    "make",
)
_LAZY = ("observe", "jobs", "work", "attempt")
SLOW = 0.4
"""Seconds that one call of a primitive may take."""

_SLOW_CALLS: Counter[str] = Counter()
_LOCK = threading.Lock()
_QUIET: list[Any] = []
_DESCRIPTOR: int | None = None  # of standard output, while a plugin has the one that it knows


@dataclass(frozen=True, slots=True)
class Guarded:
    """A function of a plugin's primitive: `what` names it in messages, `result` is the type of what it must give.

    What is `quick` is called often in an episode: that it is slow is said once, on standard error.
    """

    python: Callable[..., Any]
    what: str
    expected: tuple[type[Exception], ...] = ()
    result: Type | None = None
    lazy: bool = False
    quick: bool = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            with quiet(), timed() as took:
                value = self.python(*args, **kwargs)
                value = _all_of(value) if self.lazy else value
        except BaseException as problem:
            if isinstance(problem, (KeyboardInterrupt, GeneratorExit, *_ALWAYS, *self.expected)):
                if isinstance(problem, EvaluationError) and problem.span is None:
                    raise EvaluationError(f"{self.what}: {problem.reason}") from problem
                raise
            raise PluginFault(f"{self.what}: {reason_of(problem)}") from problem
        if self.quick and took.most > SLOW:
            _SLOW_CALLS[self.what] += 1
            if _SLOW_CALLS[self.what] == 2:  # the first one may have loaded what later ones use
                print(f"warning: {self.what} took {took.most:.1f} s for one call", file=sys.stderr)
        if self.result is not None and not (args and any(isinstance(a, np.ndarray) for a in args)):
            fault = fault_of_value(value, self.result)
            if fault:
                raise PluginFault(f"{self.what} {fault}")
        return value


def guarded(primitive: Any, hook: str, owner: str) -> Any:
    """The primitive with its functions guarded; what is no dataclass stays as it is."""
    names = {f.name for f in fields(primitive)} if is_dataclass(primitive) else ()
    what = f"{HOOKS[hook].word} `{getattr(primitive, 'name', '')}` of {owner}"
    expected = _EXPECTED.get(hook, ())
    changed: dict[str, Any] = {
        name: Guarded(
            python, what, expected, _result_of(primitive) if name == "call" else None, name in _LAZY, name == "call"
        )
        for name in _ATTRIBUTES
        if name in names and callable(python := getattr(primitive, name))
    }
    if isinstance(primitive, catalog.Embedder):
        size = primitive.dimensions
        changed = {name: _Encoded(python.python, what, dimensions=size) for name, python in changed.items()}
    if isinstance(primitive, catalog.CatalogSource):
        changed["load"] = _Loaded(primitive.load, what)
    if isinstance(primitive, expressions.Function):
        changed["owner"] = owner
    return replace(primitive, **changed) if changed else primitive


@dataclass(frozen=True, slots=True)
class _Encoded(Guarded):
    """As Guarded, for an embedder: it must give one vector of finite numbers a text."""

    dimensions: int = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        value = Guarded.__call__(self, *args, **kwargs)
        if not isinstance(value, np.ndarray) or value.ndim != 2 or len(value) != len(args[0]):
            raise PluginFault(f"{self.what} gave {shown(value)}, and an array with one row for each text is wanted")
        if self.dimensions and value.shape[1] != self.dimensions:
            raise PluginFault(f"{self.what} gave vectors of {value.shape[1]} numbers, and says {self.dimensions}")
        if not np.isfinite(value).all():
            raise PluginFault(f"{self.what} gave numbers that are not finite")
        return value


@dataclass(frozen=True, slots=True)
class _Loaded(Guarded):
    """As Guarded, for the source of a catalog: it must give a catalog."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        value = Guarded.__call__(self, *args, **kwargs)
        if not isinstance(value, catalog.Catalog):
            raise PluginFault(f"{self.what} gave {shown(value)}, and a `rlve_dsl.catalog.Catalog` is wanted")
        return value


def _all_of(value: Any) -> list[Any]:
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise PluginError(f"it gave {shown(value)}, and a list is wanted, or `yield` for each item")
    return list(value)


def _result_of(primitive: Any) -> Type | None:
    match primitive:
        case expressions.Function():
            return primitive.signatures[0].result if len(primitive.signatures) == 1 else None
        case world.Sampler():
            return None if primitive.result else primitive.signature.result
        case world.Tool() | world.Event() | user.Noise():
            return primitive.signature.result
    return None


def reason_of(problem: BaseException) -> str:
    """An exception in one line: its class, its message, and the line of the plugin that raised it."""
    text = _message_of(problem)
    if isinstance(problem, SystemExit):
        text = f"it ends the program with sys.exit({problem.code!r})"
    elif type(problem) not in (RlveError, PluginError):
        text = f"{type(problem).__name__}: {text}" if text else type(problem).__name__
    frames = [f for f in extract_tb(problem.__traceback__) if not f.filename.startswith((_PACKAGE, "<frozen"))]
    return text + (f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else "")


def _message_of(problem: BaseException) -> str:
    """The first line of an exception's message; empty where it cannot be made, as an exception of a plugin may do anything."""
    try:
        return str(problem).strip().partition("\n")[0]
    except Exception:  # noqa: BLE001
        return ""


class _Named(io.TextIOBase):
    """Writes to standard error, with the name of who writes before each line."""

    def __init__(self, who: str) -> None:
        self._who = who
        self._begun = False  # a line that has not ended

    def write(self, text: str) -> int:
        for line in text.splitlines(keepends=True):
            sys.stderr.write(line if self._begun else f"{self._who} prints: {line}")
            self._begun = not line.endswith("\n")
        return len(text)

    def flush(self) -> None:
        sys.stderr.flush()


@contextmanager
def quiet(who: str = "") -> Iterator[None]:
    """Send what a plugin prints to standard error, so that it does not mix with JSON on standard output.

    This holds for the descriptor of standard output, too: `os.write(1, ...)`, `sys.__stdout__`, and programs that it starts.

    Args:
        who: What is said to print it, at the beginning of each line; nothing is said when it is empty.
    """
    global _DESCRIPTOR
    with _LOCK:
        if not _QUIET:
            _flush()
            _DESCRIPTOR = _redirected()
        _QUIET.append(sys.stdout)
        sys.stdout = _Named(who) if who else sys.stderr
    try:
        yield
    finally:
        with _LOCK:
            before = _QUIET.pop()
            if not _QUIET:
                sys.stdout = before
                if _DESCRIPTOR is not None:
                    _flush()
                    os.dup2(_DESCRIPTOR, 1)
                    os.close(_DESCRIPTOR)
                    _DESCRIPTOR = None


def _redirected() -> int | None:
    """Send the descriptor of standard output to standard error; a copy of the old one, or None where one of them is closed."""
    try:
        before = os.dup(1)
    except OSError:
        return None
    try:
        os.dup2(2, 1)
    except OSError:
        os.close(before)
        return None
    return before


def _flush() -> None:
    """Write out what waits for the descriptor of standard output; whoever writes next meets what is wrong with it."""
    with suppress(OSError, ValueError, AttributeError):
        sys.__stdout__.flush()  # type: ignore[union-attr]


def fault_of_value(value: Any, type_: Type, place: str = "") -> str:
    """How a value is not of a type, as the end of a sentence; empty when it is.

    >>> from rlve_dsl.expressions.types import INT
    >>> fault_of_value("three", INT)
    "gave 'three', and int is wanted"
    """
    match type_:
        case Optional(item=item):
            return "" if value is None else fault_of_value(value, item, place)
        case Scalar() | Id() | Enum():
            fine = _is_scalar(value, type_)
        case ListOf(item=item) | Keyed(item=item):
            fine = (
                hasattr(value, "__len__")
                and hasattr(value, "__getitem__")
                and not isinstance(value, str | bytes | dict)
            )
            if fine and isinstance(value, list | tuple):
                return next(filter(None, (fault_of_value(v, item, f"{place}[{n}]") for n, v in _first(value))), "")
        case Record(fields=named):
            fine = hasattr(value, "get") and hasattr(value, "__getitem__")
            if fine and isinstance(value, dict):
                return next(filter(None, (_fault_of_field(value, name, of, place) for name, of in named)), "")
        case _:
            return ""
    where = f" at `{place.lstrip('.')}`" if place else ""
    return "" if fine else f"gave {shown(value)}{where}, and {type_} is wanted"


def _fault_of_field(value: dict[str, Any], name: str, of: Type, place: str) -> str:
    if name not in value and not isinstance(of, Optional):
        return f"gave a record without `{(place + '.' + name).lstrip('.')}`"
    return fault_of_value(value.get(name), of, f"{place}.{name}")


def _is_scalar(value: Any, type_: Type) -> bool:
    if type_ == ANY:
        return True
    if type_ == NOTHING:
        return value is None
    if type_ == BOOL:
        return isinstance(value, bool)
    if type_ == REAL:
        return isinstance(value, int | float) and not isinstance(value, bool | np.generic)
    if isinstance(type_, Enum):
        return isinstance(value, str) and value in type_.values
    if type_ == TEXT or isinstance(type_, Id):
        return isinstance(value, str)
    return isinstance(value, int) and not isinstance(value, bool | np.generic)


def _first(items: Any) -> Iterator[tuple[int, Any]]:
    return zip(range(_MOST_CHECKED), items)


def shown(value: Any) -> str:
    """A value as a message shows it."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - a plugin's object may do anything
        return f"a value of the class `{type(value).__name__}`"
    text = text if len(text) <= 60 else f"{text[:57]}…"
    return (
        text
        if isinstance(value, str | int | float | bool | list | tuple | dict | None)
        else f"{text} ({type(value).__name__})"
    )
