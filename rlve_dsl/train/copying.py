"""Practice in copying: a tiny model learns to find what it has read and to write it again, before it sees whole conversations.

A tiny model that starts with conversations learns their form and never learns to read: it needs many tokens that are right only
for who has read them. So its first sequences are made of such tokens: words in random order, of which parts occur again, and
rows of tool results with new values, each row again and again. Boilerplate stands between the words of a row only when the
model can do without. Then come answers: a tool result with new values, and the turn that passes one of them on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from rlve_dsl.files import Copying
from rlve_dsl.frozen import frozen
from rlve_dsl.rng import Stream
from rlve_dsl.train.chat import TemplateChat
from rlve_dsl.train.demonstrations import Segment
from rlve_dsl.train.examples import Example, batch_loss
from rlve_dsl.values import JsonObject

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_RESULT = re.compile(r"<tool_response>\n(.*?)\n</tool_response>", re.DOTALL)
_WORD = re.compile(r" ?[\w$'-]+")

REPEATS = 8  # rows that occur again, in a sequence of rows
ANSWERS = 6  # answers in a sequence of them
FEWEST = 2  # rows that a sequence begins with, at first
_SEGMENTS = 0.6  # the share of word sequences among all
_FILLED = 0.5  # the share of word sequences with boilerplate between the words, once rows have some
_JSON = 0.7  # the share of rows as JSON among rows, once there are such rows
_ANSWERS = 0.3  # the share of answers among all sequences, once rows have boilerplate
_RISE = 50  # steps in which the learning rate rises
LOOK = 25  # steps between two looks at the accuracy
_LOOKED_AT = 96  # sequences of such a look


class Lists(NamedTuple):
    """Lists of objects that tools showed: the keys of each list, and all values by keys and key."""

    shapes: tuple[tuple[str, ...], ...]
    values: Mapping[tuple[str, ...], Mapping[str, tuple[str, ...]]]
    most: int


def lists_in(demonstrations: Iterable[Sequence[Segment]]) -> Lists:
    """Return the lists of objects with texts alone that the tool results of demonstrations hold."""
    shapes: list[tuple[str, ...]] = []
    values: dict[tuple[str, ...], dict[str, dict[str, None]]] = {}
    most = 0
    for segment in (segment for shown in demonstrations for segment in shown if not segment.written):
        for text in _RESULT.findall(segment.text):
            rows = _rows(text)
            if len(rows) < FEWEST:
                continue
            shape = tuple(rows[0])
            shapes.append(shape)
            most = max(most, len(rows))
            for row in rows:
                for key, value in row.items():
                    values.setdefault(shape, {}).setdefault(key, {})[value] = None
    kept = {shape: {key: tuple(of) for key, of in by_key.items()} for shape, by_key in values.items()}
    return Lists(tuple(shapes), kept, most)


def _rows(text: str) -> list[dict[str, str]]:
    """The objects of a tool result that is a list of them, all with the same keys and with texts as values."""
    try:
        found = json.loads(text)
    except ValueError:
        return []
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        return []
    same = all(row.keys() == found[0].keys() and all(isinstance(v, str) for v in row.values()) for row in found)
    return found if same and found and len(found[0]) > 1 else []


class Answer(NamedTuple):
    """What was read with a tool result, the turn that follows, the values of the result, and those that the turn passes on."""

    read: str
    written: str
    values: tuple[str, ...]
    passed: tuple[str, ...]


def answers_in(demonstrations: Iterable[Sequence[Segment]]) -> tuple[Answer, ...]:
    """Return where a turn of a demonstration passes on what the last tool result said, if that is one object with texts alone."""
    found = []
    for read, turn in (pair for shown in demonstrations for pair in pairwise(shown) if pair[1].written):
        values = _texts(results[-1]) if (results := _RESULT.findall(read.text)) else ()
        if passed := tuple(value for value in values if _quoted(value) in turn.text):
            found.append(Answer(read.text, turn.text, values, passed))
    return tuple(found)


def _texts(text: str) -> tuple[str, ...]:
    """The values of a tool result that is an object with texts alone; none of another result."""
    try:
        found = json.loads(text)
    except ValueError:
        return ()
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        return ()
    return tuple(dict.fromkeys(found.values()))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


class Practice:
    """Makes sequences to practise on. What is to be learnt in them counts as written by the model.

    Args:
        lists: What tools showed.
        answers: Where turns pass on what a tool said.
        chat: Turns text into tokens.
        vocabulary: All tokens that are no special ones, by their number.
    """

    def __init__(
        self, lists: Lists, answers: Sequence[Answer], chat: TemplateChat, vocabulary: Mapping[int, str]
    ) -> None:
        self.most = lists.most
        self.lists = lists
        self.passed_on = tuple(answers)
        self._vocabulary = vocabulary
        self._chat = chat
        self._plain = frozenset(number for number, text in vocabulary.items() if _WORD.fullmatch(text))
        self._openings = frozenset(number for number, text in vocabulary.items() if "{" in text)
        shown = [text for by_key in lists.values.values() for of in by_key.values() for text in of]
        self._words = tuple(sorted({t for text in shown for t in chat.tokens(f" {text}") if t in self._plain}))
        self._fillers = tuple(sorted(vocabulary.keys() - self._plain))

    def sequence(self, rows: int, boilerplate: bool, stream: Stream) -> Example:
        """Return a sequence of words, of rows or, with `boilerplate`, of answers."""
        if boilerplate and self.passed_on and stream.chance(_ANSWERS):
            return self.answers(stream)
        if not stream.chance(_SEGMENTS):
            return self.rows(rows, boilerplate and stream.chance(_JSON), stream)
        return self.segments(5 * (rows + REPEATS), boilerplate and stream.chance(_FILLED), stream)

    def segments(self, length: int, filled: bool, stream: Stream) -> Example:
        """Return words in random order, of which segments occur again: these are to be learnt, but for their first words.

        Where it is `filled`, the same token stands after each word.
        """
        segments = [
            [stream.choice(self._words) for _ in range(stream.integer(3, 6))] for _ in range(stream.integer(2, 4))
        ]
        tokens: list[int] = []
        learnt: list[int] = []
        seen = set()
        length = length // 2 if filled else length
        while len(tokens) < length:
            which = stream.integer(0, len(segments) - 1)
            tokens += segments[which]
            learnt += [0, *[int(which in seen)] * (len(segments[which]) - 1)]
            seen.add(which)
            between = stream.integer(0, 2)
            tokens += [stream.choice(self._words) for _ in range(between)]
            learnt += [0] * between
        if filled:
            filler = stream.choice(self._fillers)
            tokens = [part for token in tokens for part in (token, filler)]
            learnt = [part for one in learnt for part in (one, 0)]
        return Example(tuple(tokens[:length]), tuple(learnt[:length]))

    def rows(self, count: int, boilerplate: bool, stream: Stream) -> Example:
        """Return `count` rows with new values, and some of them again: of these, the words after the first are to be learnt.

        Without `boilerplate`, only the words are left, and what opens each row.
        """
        shape = stream.choice(self.lists.shapes)
        of = self.lists.values[shape]
        count = min(count, *(len(values) for values in of.values()))
        columns = {key: self._different(of[key], count, stream) for key in shape}
        rows: list[JsonObject] = [{key: columns[key][place] for key in shape} for place in range(count)]
        again = [stream.choice(rows) for _ in range(REPEATS)]
        tokens: list[int] = []
        learnt: list[int] = []
        row = words = 0
        written = self._chat.tokens(json.dumps([rows[0], *rows, *again], ensure_ascii=False))
        # what opens and closes a list belongs to the frame of a message; the first row only makes place for the second
        begin = next(place for place, token in enumerate(written) if place and token in self._openings)
        for token in written[begin:-1]:
            word = token in self._plain
            if token in self._openings:
                row, words = row + 1, 0
            if word or boilerplate or token in self._openings:
                tokens.append(token)
                learnt.append(int(word and words > 0 and row > count))
            words += word
        return Example(tuple(tokens), tuple(learnt))

    def answers(self, stream: Stream) -> Example:
        """Return results and turns with new values. In the turns, the words that pass a value on are to be learnt."""
        tokens: list[int] = []
        learnt: list[int] = []
        for _ in range(ANSWERS):
            answer = stream.choice(self.passed_on)
            read, written = answer.read, answer.written
            passed: set[int] = set()
            for value in answer.values:
                words = [stream.choice(self._words) for _ in self._chat.tokens(f" {value}")]
                new = _quoted("".join(self._vocabulary[word] for word in words).strip())
                read, written = read.replace(_quoted(value), new), written.replace(_quoted(value), new)
                if value in answer.passed:
                    passed |= {*words}
            tokens += (before := self._chat.tokens(read))
            tokens += (turn := [*self._chat.tokens(written), self._chat.end])
            learnt += [*[0] * len(before), *(int(token in passed) for token in turn)]
        return Example(tuple(tokens), tuple(learnt))

    @staticmethod
    def _different(values: Sequence[str], count: int, stream: Stream) -> list[str]:
        found: dict[str, None] = {}
        while len(found) < count:
            found[stream.choice(values)] = None
        return list(found)


@frozen
class Practised:
    """How far practice is: the step, the rows of its sequences, whether these are JSON, and how much is copied rightly.

    `accuracy` is that of new rows or that of new answers, whichever is less; answers come with JSON.
    """

    step: int
    rows: int
    boilerplate: bool
    loss: float
    accuracy: float


def practise(
    model: PreTrainedModel,
    practice: Practice,
    settings: Copying,
    *,
    pad: int,
    stream: Stream,
) -> Iterator[Practised]:
    """Train the model in place and yield now and then, up to the step at which it copies the words of JSON rows and answers.

    Nothing happens until it is iterated.

    Args:
        model: The model.
        practice: Makes the sequences.
        settings: The settings of practice.
        pad: The token that fills shorter sequences up.
        stream: Draws the sequences.
    """
    import torch

    if not practice.most:
        return
    optimizer = torch.optim.AdamW(model.parameters(), lr=settings.learning_rate, betas=(0.9, 0.98), weight_decay=0.01)
    rows, boilerplate = FEWEST, False
    model.train()
    for step in range(1, settings.steps + 1):
        for group in optimizer.param_groups:
            group["lr"] = settings.learning_rate * min(1.0, step / _RISE)
        batch = [practice.sequence(rows, boilerplate, stream) for _ in range(settings.batch)]
        loss, _ = batch_loss(model, batch, pad=pad)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if step % LOOK and step < settings.steps:
            continue
        accuracy = _accuracy(model, practice, rows, boilerplate, pad)
        yield Practised(step, rows, boilerplate, float(loss.detach()), accuracy)
        if accuracy < settings.accuracy:
            continue
        if rows < practice.most:
            rows += 1
        elif not boilerplate:
            boilerplate = True
        else:
            return


def _accuracy(model: Any, practice: Practice, rows: int, boilerplate: bool, pad: int) -> float:
    """The share of words that the model copies rightly in new rows or new answers, whichever is less."""
    import torch

    stream = Stream("a look at copying")
    looks = [[practice.rows(rows, boilerplate, stream) for _ in range(_LOOKED_AT)]]
    if boilerplate and practice.passed_on:
        looks.append([practice.answers(stream) for _ in range(_LOOKED_AT)])
    with torch.no_grad():
        return min(batch_loss(model, batch, pad=pad)[1] for batch in looks)
