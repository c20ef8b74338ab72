"""The solution of one request, run step by step: what it asks, calls and answers next with what it knows so far.

Belongs here: the order of the steps. Does not belong here: sending them, and mistakes (`oracle.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field

from rlve_dsl.agents.questions import GENERAL
from rlve_dsl.compiler import Again, Answer, AskFor, Bind, CallTool, Loop, Recorded, RecordedAnswer, Statement, WaitTurn
from rlve_dsl.english import listed
from rlve_dsl.episode import Asked, Call, Part
from rlve_dsl.expressions import EvaluationError, Expression, one_budget
from rlve_dsl.expressions.types import NOTHING, Optional, Type
from rlve_dsl.files import Asks
from rlve_dsl.user import MISSED, NOTHING_MORE, UNCLEAR, Utterance
from rlve_dsl.values import JsonObject, Names, Value
from rlve_dsl.world import Tool, encode

Steps = Generator[None, None, None]

MOST_STEPS = 100_000
"""How often the loops of one solution may repeat, all together."""

_REPEATS = 2  # how often questions that were not understood are asked again


@dataclass(slots=True)
class Pending:
    """A call that the solution makes. Once it is `done`, `value` is its result, or `refused` the reason of the store."""

    tool: Tool
    call: Call
    done: bool = False
    value: Value = None
    refused: str | None = None

    @property
    def result(self) -> Type:
        """The type of its result."""
        return self.tool.signature.result


@dataclass(slots=True)
class _Frame:
    """The names of a block: those that have a value, those that wait for the result of a call, and those of refused calls."""

    values: Names
    waiting: dict[str, Pending] = field(default_factory=dict)
    refused: dict[str, Pending] = field(default_factory=dict)

    def inner(self, more: Mapping[str, Value]) -> _Frame:
        return _Frame({**self.values, **more}, dict(self.waiting), dict(self.refused))

    def value(self, expression: Expression) -> Value:
        """The value of an expression.

        Raises:
            EvaluationError: It has none, or needs the result of a call that was refused, or a fact that the user has not said.
        """
        try:
            value = expression(self.values)
        except (TypeError, AttributeError):  # a field of what is unknown
            why = self.refusal(expression) or self._unsaid(expression)
            if not why:
                raise
        else:
            why = "" if value is not None or isinstance(expression.type, Optional) else self.refusal(expression)
            if not why or expression.type == NOTHING:
                return value
        raise EvaluationError(why, expression.span, expression.text)

    def refusal(self, expression: Expression) -> str:
        """That the store refused a call whose result the expression reads; empty where it did not."""
        for name in sorted(expression.free & self.refused.keys()):
            call = self.refused[name]
            return f"the store refused the call of `{call.tool.name}` that `{name}` stands for ({call.refused})"
        return ""

    def _unsaid(self, expression: Expression) -> str:
        facts = sorted(path.split(".")[1] for path in expression.paths if path.startswith("said."))
        return next((f"the user has not said `{fact}`" for fact in facts if self.values["said"][fact] is None), "")


class Solving:
    """The solution of one part of an episode while it runs.

    After `advance`, `asking` holds the next questions, `queue` the next calls, and `answer` the answer once there is one.

    It asks only what an agent can know to ask. What it cannot know comes from the question whether there is anything else,
    which it repeats until the user has nothing to add; what it says of facts is read only then.

    Args:
        part: The part.
        level: The episode's level.
        asks: `asks(fact, key)` tells whether a question is asked. A mistake may leave it out. The fact of the question
            whether there is anything else is empty.
        calls: `calls(tool, args)` gives the arguments that are sent. A mistake may change them.
        said: What the solution reads as `said`; by default what the user has said.
        asks_for: What is asked where the solution says that something is.
        solution: What is played; by default the solution of the environment.
    """

    def __init__(
        self,
        part: Part,
        level: int,
        asks: Callable[[str, int | None], bool],
        calls: Callable[[Tool, JsonObject], JsonObject],
        said: Value = None,
        asks_for: Asks = "all",
        solution: tuple[Statement, ...] | None = None,
    ) -> None:
        self.part = part
        self.asking: list[Asked] = []
        self.queue: list[Pending] = []
        self.answer: JsonObject | None = None
        self.finished = False
        self.not_understood = 0
        self.lets_turn_pass = False  # whoever asks nothing has nothing to do while others ask
        self._asks = asks
        self._asks_for = asks_for
        self._asked: list[tuple[AskFor, _Frame]] = []  # what the last turn with such steps asked
        self._asked_in = 0
        self._awaiting_reply = False
        self._asks_more = False  # whether the user may have more to say
        self._said_all = False
        self._forgets = False
        self._calls = calls
        self._turn = 0
        self._steps = MOST_STEPS
        environment = part.environment
        self._always_said = {f.name for f in environment.facts if f.always_said and f.condition is None}
        frame = _Frame({**environment.axis_values(level), "said": part.said if said is None else said})
        self._root = self._block(environment.solution if solution is None else solution, frame)

    @property
    def is_ready(self) -> bool:
        """Whether only the answer is left to be given."""
        return not self.queue and not self.asking and (self.finished or self.answer is not None)

    def take_questions(self) -> list[Asked]:
        """Return the questions of this turn, which are then asked."""
        questions, self.asking = self.asking, []
        return questions

    def hear(self, reply: Utterance | None) -> None:
        """Take note of how the user answered the questions of the last turn."""
        if not self._awaiting_reply:
            return
        self._awaiting_reply = False
        self._said_all = reply is not None and NOTHING_MORE in reply.acts
        # who goes on to another request may not have heard what was asked
        goes_on = reply is not None and not reply.acts and self._asked_in == self._turn
        if reply is None or self._said_all:
            self._asks_more = False
        elif (
            (reply.acts or goes_on) and (not reply.disclosed or MISSED in reply.acts) and self.not_understood < _REPEATS
        ):
            # whoever has said all would say so: what is still open is asked in other words
            self.not_understood += 1
            if (goes_on or UNCLEAR in reply.acts or MISSED in reply.acts) and self._asks_for == "all":
                for statement, frame in self._asked:
                    if statement.condition is None or frame.value(statement.condition):
                        self._ask(statement.facts)
        elif not reply.disclosed:
            self._asks_more = False

    def advance(self) -> None:
        """Begin a turn and go on as far as possible.

        Raises:
            EvaluationError: When an expression of the solution has no value.
        """
        self._turn += 1
        with one_budget():
            self.finished = next(self._root, _END) is _END
        if self._asks_more and not self.finished and self.answer is None:
            self.asking.append(GENERAL)
            self._awaiting_reply = True

    def _block(self, statements: tuple[Statement, ...], frame: _Frame) -> Steps:
        for statement in statements:
            match statement:
                case AskFor():
                    yield from self._ask_for(statement, frame)
                case WaitTurn():
                    turn = self._turn
                    self.lets_turn_pass = self._asks_for == "nothing" and self._turn == 1 and not self.queue
                    while self._turn == turn and (self.queue or self.asking or self._asks_more or self.lets_turn_pass):
                        yield
                    self.lets_turn_pass = False
                case Bind(name=name, value=value):
                    frame.values[name] = yield from self._value(value, frame)
                case CallTool():
                    yield from self._call(statement, frame)
                case Loop(loop=loop):
                    items = yield from self._value(loop.over, frame)
                    self._spend(len(items), loop.over)
                    given: dict[int, Value] = {}
                    fibers = [
                        self._iteration(statement, frame.inner({loop.name: item}), place, given)
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
                        inner = frame.inner({})
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
                case Recorded(tool=tool, args=args):
                    self.queue.append(Pending(tool, Call(tool.name, self._calls(tool, dict(args)))))
                case RecordedAnswer(fields=given_fields):
                    self.answer = dict(given_fields)
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

    def _value(self, expression: Expression, frame: _Frame, *, so_far: bool = False) -> Generator[None, None, Value]:
        """The value once it can be known; with `so_far`, of what the user has said until now."""
        while not self._ready(expression, frame, so_far):
            yield
        return frame.value(expression)

    def _ready(self, expression: Expression, frame: _Frame, so_far: bool = False) -> bool:
        for name in expression.free & frame.waiting.keys() if frame.waiting else ():
            pending = frame.waiting[name]
            if not pending.done:
                return False
            frame.values[name] = pending.value
            if pending.refused is not None:
                frame.refused[name] = pending
            del frame.waiting[name]
        if (self._awaiting_reply or self._asks_more) and not so_far and "said" in expression.free:
            facts = {path.split(".")[1] for path in expression.paths if path.startswith("said.")}
            return facts <= self._always_said
        return True

    def _ask_for(self, statement: AskFor, frame: _Frame) -> Steps:
        if self._said_all or self._asks_for == "nothing":
            return
        if self._asks_for == "general":
            if not self._asked_in:
                self._asked_in = self._turn
                self.asking.append(GENERAL)
                self._awaiting_reply = True
            return
        if statement.condition is not None and not (yield from self._value(statement.condition, frame, so_far=True)):
            return
        if statement.about is None or statement.facts is None:
            if self._asked_in != self._turn:
                self._asked, self._asked_in = [], self._turn
            self._asked.append((statement, frame))
            self._ask(statement.facts)
            return
        about = yield from self._value(statement.about, frame, so_far=True)
        if not self._said_all:
            self._ask_about(statement.facts[0], tuple(about))

    def _ask(self, facts: tuple[str, ...] | None) -> None:
        """Ask what can be known to ask about these facts, and, the first time, whether there is anything else."""
        known = self.part.knowable_questions(facts)
        asked = [q for q in known if self._asks(q.fact, q.key)]
        self._forgets |= len(asked) < len(known) or not self._asks("", None)
        self._put(asked)

    def _ask_about(self, fact: str, about: tuple[str, ...]) -> None:
        plan = next(plan for plan in self.part.environment.facts if plan.name == fact)
        exemplar = next(ask for ask in plan.asks if ask.holes == 1)
        if about and self._asks(fact, None):
            if exemplar.text.startswith("{") and exemplar.text.endswith("}"):  # the whole question is given
                self._put([Asked(fact, text=text) for text in about])
            else:
                self._put([Asked(fact, about=about, text=exemplar.filled(listed(about, " or ")))])

    def _put(self, questions: list[Asked]) -> None:
        self.asking += questions
        self._asks_more = not self._forgets
        self._awaiting_reply |= bool(questions)

    def _call(self, statement: CallTool, frame: _Frame) -> Steps:
        wanted = statement.condition is None or (yield from self._value(statement.condition, frame))
        if not wanted:
            if statement.name:
                frame.values[statement.name] = None
            return
        for expression in statement.arguments.expressions.values():
            while not self._ready(expression, frame):
                yield
        try:
            values = statement.arguments.values(frame.values)
        except (TypeError, AttributeError):
            for expression in statement.arguments.expressions.values():
                frame.value(expression)  # says which of them, and why
            raise
        args = statement.tool.encode_arguments(values)
        _check_needed(statement, args, frame)
        pending = Pending(statement.tool, Call(statement.tool.name, self._calls(statement.tool, args)))
        self.queue.append(pending)
        if statement.name:
            frame.waiting[statement.name] = pending


def _check_needed(statement: CallTool, args: JsonObject, frame: _Frame) -> None:
    """Raises EvaluationError when an argument that the tool needs is unknown, and so would be left out."""
    for parameter in statement.tool.signature.parameters:
        if parameter.required and parameter.name not in args:
            expression = statement.arguments.expressions[parameter.name]
            unknown = frame.refusal(expression) or "it is unknown"
            reason = f"{unknown}, and the tool `{statement.tool.name}` needs its argument `{parameter.name}`"
            raise EvaluationError(reason, expression.span, expression.text)


_END = object()
