"""The solution of one request, run step by step: what it asks, calls and answers next with what it knows so far.

Belongs here: the order of the steps. Does not belong here: sending them, and mistakes (`oracle.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field

from rlve_dsl.compiler import Again, Answer, AskFor, Bind, CallTool, Loop, Statement, WaitTurn
from rlve_dsl.episode import Call, Part
from rlve_dsl.expressions import EvaluationError, Expression
from rlve_dsl.expressions.types import Type
from rlve_dsl.values import JsonObject, Names, Value
from rlve_dsl.world import Tool, encode

Steps = Generator[None, None, None]


MOST_STEPS = 100_000
"""How often the loops of one solution may repeat, all together."""


@dataclass(slots=True)
class Pending:
    """A call that the solution makes; `value` is its result once it is `done`."""

    tool: Tool
    call: Call
    done: bool = False
    value: Value = None

    @property
    def result(self) -> Type:
        """The type of its result."""
        return self.tool.signature.result


@dataclass(slots=True)
class _Frame:
    """The names of a block: those that have a value, and those that wait for the result of a call."""

    values: Names
    waiting: dict[str, Pending] = field(default_factory=dict)

    def inner(self, name: str, value: Value) -> _Frame:
        return _Frame({**self.values, name: value}, dict(self.waiting))


class Solving:
    """The solution of one part of an episode while it runs.

    After `advance`, `asking` holds the next questions, `queue` the next calls, and `answer` the answer once there is one.

    Args:
        part: The part.
        level: The episode's level.
        asks: `asks(fact, key)` tells whether a question is asked. A mistake may leave it out.
        calls: `calls(tool, args)` gives the arguments that are sent. A mistake may change them.
        said: What the solution reads as `said`; by default what the user has said.
    """

    def __init__(
        self,
        part: Part,
        level: int,
        asks: Callable[[str, int | None], bool],
        calls: Callable[[Tool, JsonObject], JsonObject],
        said: Value = None,
    ) -> None:
        self.part = part
        self.asking: list[str] = []
        self.queue: list[Pending] = []
        self.answer: JsonObject | None = None
        self.finished = False
        self.awaiting_reply = False
        self._asks = asks
        self._calls = calls
        self._turn = 0
        self._steps = MOST_STEPS
        environment = part.environment
        self._always_said = {f.name for f in environment.facts if f.always_said and f.condition is None}
        frame = _Frame({**environment.axis_values(level), "said": part.said if said is None else said})
        self._root = self._block(environment.solution, frame)

    @property
    def is_ready(self) -> bool:
        """Whether only the answer is left to be given."""
        return not self.queue and not self.asking and (self.finished or self.answer is not None)

    def take_questions(self) -> list[str]:
        """Return the questions of this turn, which are then asked."""
        questions, self.asking = self.asking, []
        return questions

    def advance(self) -> None:
        """Begin a turn and go on as far as possible.

        Raises:
            EvaluationError: When an expression of the solution has no value.
        """
        self._turn += 1
        self.awaiting_reply = False
        self.finished = next(self._root, _END) is _END

    def _block(self, statements: tuple[Statement, ...], frame: _Frame) -> Steps:
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
                    self._spend(len(items), loop.over)
                    given: dict[int, Value] = {}
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
                        self._spend(1, times)
                        inner = _Frame(dict(frame.values), dict(frame.waiting))
                        yield from self._block(do, inner)
                        if until is not None and (yield from self._value(until, inner)):
                            break
                case Answer(fields=fields):
                    answer: JsonObject = {}
                    for name, expression in fields:
                        value = yield from self._value(expression, frame)
                        answer[name] = encode(value, self.part.environment.answer[name])
                    self.answer = answer
                    return

    def _spend(self, steps: int, expression: Expression) -> None:
        self._steps -= steps
        if self._steps < 0:
            raise EvaluationError(f"the solution repeats more than {MOST_STEPS:,} times", expression.span)

    def _iteration(self, statement: Loop, frame: _Frame, place: int, given: dict[int, Value]) -> Steps:
        if statement.condition is None or (yield from self._value(statement.condition, frame)):
            yield from self._block(statement.do, frame)
            if statement.gives is not None:
                given[place] = yield from self._value(statement.gives, frame)

    def _value(self, expression: Expression, frame: _Frame) -> Generator[None, None, Value]:
        while not self._ready(expression, frame):
            yield
        return expression(frame.values)

    def _ready(self, expression: Expression, frame: _Frame) -> bool:
        for name in expression.free & frame.waiting.keys() if frame.waiting else ():
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

    def _call(self, statement: CallTool, frame: _Frame) -> Steps:
        wanted = statement.condition is None or (yield from self._value(statement.condition, frame))
        if not wanted:
            if statement.name:
                frame.values[statement.name] = None
            return
        for expression in statement.arguments.expressions.values():
            while not self._ready(expression, frame):
                yield
        args = statement.tool.encode_arguments(statement.arguments.values(frame.values))
        pending = Pending(statement.tool, Call(statement.tool.name, self._calls(statement.tool, args)))
        self.queue.append(pending)
        if statement.name:
            frame.waiting[statement.name] = pending


_END = object()
