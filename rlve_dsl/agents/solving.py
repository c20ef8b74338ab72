"""One request's solution, run step by step: what it asks, calls and answers next, given what it has learnt so far.

Belongs here: the order of things. What becomes of them, and every mistake, is the oracle's (`oracle.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

from rlve_dsl.compiler import Again, Answer, AskFor, Bind, CallTool, Loop, Statement, WaitTurn
from rlve_dsl.episode import Call, Part
from rlve_dsl.expressions import Expression
from rlve_dsl.expressions.types import Type
from rlve_dsl.world import Tool, encode, encode_arguments


@dataclass(slots=True)
class Pending:
    """A call that has been decided on; `value` is its result once `done`."""

    tool: Tool
    call: Call
    done: bool = False
    value: Any = None

    @property
    def result(self) -> Type:
        """The type of its result."""
        return self.tool.signature.result


@dataclass(slots=True)
class _Frame:
    """Names of a block: their values, and calls whose results they wait for."""

    values: dict[str, Any]
    waiting: dict[str, Pending] = field(default_factory=dict)

    def inner(self, name: str, value: Any) -> _Frame:
        return _Frame({**self.values, name: value}, dict(self.waiting))


class Solving:
    """The solution of one part of an episode, on its way.

    `advance` goes as far as what is known allows: then `asking` holds the questions and `queue` the calls that come next,
    and `answer` the answer once there is one. `asks(fact, key)` and `calls(tool, args)` may leave out a question and alter
    the arguments of a call: that is where mistakes are made. `said` is how the user's words are understood, as they are said
    when it is not given.
    """

    def __init__(
        self,
        part: Part,
        level: int,
        asks: Callable[[str, int | None], bool],
        calls: Callable[[Tool, dict[str, Any]], dict[str, Any]],
        said: Any = None,
    ) -> None:
        self.part = part
        self.asking: list[str] = []
        self.queue: list[Pending] = []
        self.answer: dict[str, Any] | None = None
        self.finished = False
        self.awaiting_reply = False
        self._asks = asks
        self._calls = calls
        self._turn = 0
        environment = part.environment
        self._always_said = {f.name for f in environment.facts if f.always_said and f.condition is None}
        frame = _Frame({**environment.axis_values(level), "said": part.said if said is None else said})
        self._root = self._block(environment.solution, frame)

    @property
    def is_ready(self) -> bool:
        """Whether nothing is left to do but to answer."""
        return not self.queue and not self.asking and (self.finished or self.answer is not None)

    def take_questions(self) -> list[str]:
        """The questions that are asked now."""
        questions, self.asking = self.asking, []
        return questions

    def advance(self) -> None:
        """A turn begins: go on as far as what is known allows; raises EvaluationError where something has no value."""
        self._turn += 1
        self.awaiting_reply = False
        self.finished = next(self._root, _END) is _END

    def _block(self, statements: tuple[Statement, ...], frame: _Frame) -> Generator[None, None, None]:
        for statement in statements:
            match statement:
                case AskFor(facts=facts, condition=condition):
                    if condition is None or (yield from self._value(condition, frame)):
                        self._ask(facts)
                case WaitTurn():
                    turn = self._turn
                    while self._turn == turn and (self.queue or self.asking):
                        yield
                case Bind(name=name, value=value):
                    frame.values[name] = yield from self._value(value, frame)
                case CallTool():
                    yield from self._call(statement, frame)
                case Loop(loop=loop):
                    items = yield from self._value(loop.over, frame)
                    given: dict[int, Any] = {}
                    fibers = [
                        self._iteration(statement, frame.inner(loop.name, item), place, given)
                        for place, item in enumerate(items)
                    ]
                    while fibers:
                        fibers = [fiber for fiber in fibers if next(fiber, _END) is not _END]
                        if fibers:
                            yield
                    if statement.name:
                        frame.values[statement.name] = [given[place] for place in sorted(given)]
                case Again(times=times, until=until, do=do):
                    for _ in range((yield from self._value(times, frame))):
                        inner = _Frame(dict(frame.values), dict(frame.waiting))
                        yield from self._block(do, inner)
                        if until is not None and (yield from self._value(until, inner)):
                            break
                case Answer(fields=fields):
                    answer = {}
                    for name, expression in fields:
                        value = yield from self._value(expression, frame)
                        answer[name] = encode(value, self.part.environment.answer[name])
                    self.answer = answer
                    return

    def _iteration(
        self, statement: Loop, frame: _Frame, place: int, given: dict[int, Any]
    ) -> Generator[None, None, None]:
        if statement.condition is None or (yield from self._value(statement.condition, frame)):
            yield from self._block(statement.do, frame)
            if statement.gives is not None:
                given[place] = yield from self._value(statement.gives, frame)

    def _value(self, expression: Expression, frame: _Frame) -> Generator[None, None, Any]:
        while not self._ready(expression, frame):
            yield
        return expression(frame.values)

    def _ready(self, expression: Expression, frame: _Frame) -> bool:
        for name in expression.free & frame.waiting.keys():
            pending = frame.waiting[name]
            if not pending.done:
                return False
            frame.values[name] = pending.value
            del frame.waiting[name]
        if self.awaiting_reply and "said" in expression.free:
            facts = {path.split(".")[1] for path in expression.paths if path.startswith("said.")}
            return facts <= self._always_said
        return True

    def _ask(self, facts: tuple[str, ...] | None) -> None:
        questions = [question for fact, key, question in self.part.questions(facts) if self._asks(fact, key)]
        if questions:
            self.asking += dict.fromkeys(questions)  # facts that one question brings out are asked for once
            self.awaiting_reply = True

    def _call(self, statement: CallTool, frame: _Frame) -> Generator[None, None, None]:
        wanted = statement.condition is None or (yield from self._value(statement.condition, frame))
        if not wanted:
            if statement.name:
                frame.values[statement.name] = None
            return
        for expression in statement.arguments.expressions.values():
            while not self._ready(expression, frame):
                yield
        args = encode_arguments(statement.tool.signature, statement.arguments.values(frame.values))
        pending = Pending(statement.tool, Call(statement.tool.name, self._calls(statement.tool, args)))
        self.queue.append(pending)
        if statement.name:
            frame.waiting[statement.name] = pending


_END = object()
