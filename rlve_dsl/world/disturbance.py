"""What may disturb a call of a tool: it fails for the moment, it takes long, or its result is cut short."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TypeAlias

from rlve_dsl.expressions import Signature, signature_of
from rlve_dsl.frozen import frozen
from rlve_dsl.rng import Stream
from rlve_dsl.values import Value
from rlve_dsl.world.tool import Tool

MOST_IN_A_ROW = 3
"""How often a call may fail one time after another. After that it comes through, whatever a disturbance says."""

MOST_SECONDS = 1_000_000_000
"""The most simulated seconds that one call may take."""

UNAVAILABLE = "temporarily unavailable, try again"


@frozen
class Failure:
    """The call fails for the moment: the tool is not run, and nothing changes.

    Attributes:
        reason: What the agent reads.
        seconds: How much simulated time passes.
    """

    reason: str = UNAVAILABLE
    seconds: int = 0


@frozen
class Delay:
    """The call takes this much simulated time."""

    seconds: int


@frozen
class Cut:
    """The result has its first rows only, as many as `rows` says (at least one). The same call, made again, gives the rest."""

    rows: int


Trouble: TypeAlias = Failure | Delay | Cut


@frozen
class Attempt:
    """A call that is about to be made, as a disturbance sees it.

    Attributes:
        tool: The tool.
        arguments: The arguments, as the tool takes them; a copy.
        failures: How often this call has failed in a row so far.
        seconds: How much simulated time has passed in the episode.
        stream: A random stream for this attempt and this disturbance alone.
    """

    tool: Tool
    arguments: Mapping[str, Value]
    failures: int
    seconds: int
    stream: Stream


def fault_of_trouble(given: object) -> str:
    """What a disturbance may not give for a call: what is wanted instead, or an empty text where it is right.

    >>> fault_of_trouble(Delay(-1))
    'its seconds are a whole number from 0 to 1,000,000,000'
    """
    match given:
        case None | Cut(rows=int()):
            return ""
        case Failure(reason=reason) if not isinstance(reason, str):
            return "its reason is a text"
        case Failure(seconds=seconds) | Delay(seconds=seconds):
            fine = isinstance(seconds, int) and 0 <= seconds <= MOST_SECONDS
            return "" if fine else f"its seconds are a whole number from 0 to {MOST_SECONDS:,}"
        case Cut():
            return "its rows are a whole number"
    return "a Failure, a Delay, a Cut or None is wanted"


@frozen
class Disturbance:
    """Something that may go wrong with calls; `call(attempt, **arguments)` says what happens to one, or None."""

    name: str
    call: Callable[..., Trouble | None]
    signature: Signature
    doc: str


def disturbance(name: str = "") -> Callable[[Callable[..., Trouble | None]], Disturbance]:
    """Declare a disturbance; its first parameter is the Attempt, its docstring is its documentation.

    Raises:
        TypeError: When a parameter is called `tools`, which says in files which tools are disturbed.

    >>> @disturbance("closed")
    ... def closed(attempt: Attempt, until: int) -> Failure | None:
    ...     '''Nothing works before this many seconds have passed.'''
    ...     return Failure("we open soon", seconds=60) if attempt.seconds < until else None
    >>> closed.name, [parameter.name for parameter in closed.signature.parameters]
    ('closed', ['until'])
    """

    def declare(python: Callable[..., Trouble | None]) -> Disturbance:
        own = name or python.__name__
        what = f"disturbance `{own}`"
        signature = signature_of(python, skip=1, what=what, first="Attempt", variadic=False, result=False)
        if signature.parameter("tools") is not None:
            raise TypeError(f"{what} has a parameter `tools`, which files use for the tools that it disturbs")
        return Disturbance(own, python, signature, inspect.getdoc(python) or "")

    return declare
