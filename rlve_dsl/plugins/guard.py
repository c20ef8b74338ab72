"""What a primitive of a plugin raises or returns wrongly becomes a sentence that names it and its plugin.

Built-in primitives are called as they are; only those of plugins are called through `Guarded`.
"""

from __future__ import annotations

import inspect
import io
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import fields, is_dataclass, replace
from itertools import islice
from pathlib import Path
from traceback import extract_tb
from typing import Any

import numpy as np

from rlve_dsl import catalog, expressions, user, world
from rlve_dsl.catalog import SearchDisabled
from rlve_dsl.diagnostics import Span
from rlve_dsl.errors import MissingExtra, NoSuchEntity, PluginError, PluginFault, RlveError, Unsatisfiable
from rlve_dsl.expressions import EvaluationError
from rlve_dsl.expressions.types import Type
from rlve_dsl.frozen import frozen
from rlve_dsl.plugins.faults import fault_of_trouble, fault_of_value, no_number, shown
from rlve_dsl.plugins.hooks import HOOKS
from rlve_dsl.plugins.timing import timed
from rlve_dsl.world import Refusal

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
_MOST_ITEMS = {"observe": 1_000, "jobs": 10_000, "work": 10_000, "attempt": 100}
"""What gives its result item by item, and how many items one call may give: a generator that does not end is a sentence."""

SLOW = 0.4
"""Seconds that one call of a primitive may take."""

_SLOW_CALLS: Counter[str] = Counter()
_LOCK = threading.Lock()
_QUIET: list[Any] = []
_DESCRIPTOR: int | None = None  # of standard output, while a plugin has the one that it knows


@frozen
class Guarded:
    """A function of a plugin's primitive: `what` names it in messages, `result` is the type of what it must give.

    What is `quick` is called often in an episode: that it is slow is said once, on standard error. `fault` says what else is
    wrong with what it gives: it is called with this and with the arguments, and gives the end of a sentence. With `most`, the
    result is a list of at most so many items, however they are given.
    """

    python: Callable[..., Any]
    what: str
    expected: tuple[type[Exception], ...] = ()
    result: Type | None = None
    most: int = 0
    quick: bool = False
    fault: Callable[[Any, tuple[Any, ...]], str] | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            with quiet(), timed() as took:
                value = self.python(*args, **kwargs)
                value = _all_of(value, self.most) if self.most else value
        except BaseException as problem:
            if isinstance(problem, (KeyboardInterrupt, *_ALWAYS, *self.expected)):
                if isinstance(problem, EvaluationError) and problem.span is None:
                    raise EvaluationError(f"{self.what}: {problem.reason}") from problem
                raise
            raise PluginFault(f"{self.what}: {reason_of(problem)}") from problem
        if self.quick and took.most > SLOW:
            _SLOW_CALLS[self.what] += 1
            if _SLOW_CALLS[self.what] == 2:  # the first one may have loaded what later ones use
                print(f"warning: {self.what} took {took.most:.1f} s for one call", file=sys.stderr)
        if self.result is not None and not (args and any(isinstance(a, np.ndarray) for a in args)):
            # of a number that is too large, the language itself says that it has no value
            fault = fault_of_value(value, self.result, any_size=EvaluationError in self.expected)
            if fault:
                raise PluginFault(f"{self.what} {fault}")
        if self.fault is not None and (fault := self.fault(value, args)):
            raise PluginFault(f"{self.what} {fault}")
        if EvaluationError in self.expected and isinstance(value, int | float) and (fault := no_number(value)):
            raise NoNumber(f"{self.what} gave {fault}")
        return value


class NoNumber(EvaluationError):
    """A function, a measure or a sampler has given a number that the language has not."""


def guarded(primitive: Any, hook: str, owner: str) -> Any:
    """The primitive with its functions guarded; what is no dataclass stays as it is.

    Raises:
        PluginError: When one of them is declared with `async def`.
    """
    names = {f.name for f in fields(primitive)} if is_dataclass(primitive) else ()
    what = f"{HOOKS[hook].word} `{getattr(primitive, 'name', '')}` of {owner}"
    expected = _EXPECTED.get(hook, ())
    functions = {name: getattr(primitive, name) for name in _ATTRIBUTES if name in names}
    changed: dict[str, Any] = {
        name: Guarded(
            python, what, expected, _result_of(primitive) if name == "call" else None, _MOST_ITEMS.get(name, 0), name == "call",
            fault_of_trouble if name == "call" and isinstance(primitive, world.Disturbance) else None,
        )
        for name, python in functions.items()
        if callable(python)
    }  # fmt: skip
    for one in changed.values():
        if inspect.iscoroutinefunction(one.python) or inspect.isasyncgenfunction(one.python):
            declared = f"{what.removesuffix(owner)}plugin `{owner}`"
            raise PluginError(
                f"{declared} is declared with `async def`, and it is called as a plain function: write `def`"
            )
    if isinstance(primitive, catalog.Embedder):
        size = primitive.dimensions
        changed = {name: _Encoded(python.python, what, dimensions=size) for name, python in changed.items()}
    if isinstance(primitive, catalog.CatalogSource):
        changed["load"] = _Loaded(primitive.load, what)
    if isinstance(primitive, expressions.Function):
        changed["owner"] = owner
    return replace(primitive, **changed) if changed else primitive


@frozen
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


@frozen
class _Loaded(Guarded):
    """As Guarded, for the source of a catalog: it must give a catalog."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        value = Guarded.__call__(self, *args, **kwargs)
        if not isinstance(value, catalog.Catalog):
            raise PluginFault(f"{self.what} gave {shown(value)}, and a `rlve_dsl.catalog.Catalog` is wanted")
        return value


def _all_of(value: Any, most: int) -> list[Any]:
    """The items that a check or a probe gives."""
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise PluginError(f"it gave {shown(value)}, and a list is wanted, or `yield` for each item")
    items = list(islice(value, most + 1))
    if len(items) > most:
        raise PluginError(f"it gave more than {most:,} items, and one call may give at most {most:,}: does it end?")
    return items


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
    """An exception in one line: its class, its message, and the line of the file or of the plugin that raised it."""
    text = _message_of(problem)
    if isinstance(problem, SystemExit):
        text = f"it ends the program with sys.exit({problem.code!r})"
    elif type(problem) not in (RlveError, PluginError, NoSuchEntity):
        text = f"{type(problem).__name__}: {text}" if text else type(problem).__name__
    frames = [
        f
        for f in extract_tb(problem.__traceback__)
        if not f.filename.startswith((_PACKAGE, "<frozen", "<string", "<program"))
    ]
    if isinstance(span := getattr(problem, "span", None), Span):
        return f"{text} ({Path(span.file).name}, line {span.line})"
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
