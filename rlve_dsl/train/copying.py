"""Practice in copying: a tiny model learns to find what it has read and to write it again, before it sees whole conversations.

A tiny model that starts with conversations learns their form and never learns to read: it needs many tokens that are right only
for who has read them. So its first sequences are made of such tokens: words in random order, of which parts occur again, and
rows of tool results with new values, each row again and again. Boilerplate stands between the words of a row only when the
model can do without. Last come whole conversations in which the words that matter are drawn anew: so the model looks for each of
them where the conversation has it, also for those of which there are so few that it could guess.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from rlve_dsl.files import Copying
from rlve_dsl.frozen import frozen
from rlve_dsl.rng import Stream
from rlve_dsl.train.chat import TemplateChat
from rlve_dsl.train.demonstrations import Segment
from rlve_dsl.train.examples import Example, batch_loss, example
from rlve_dsl.values import JsonObject

if TYPE_CHECKING:
    from transformers import PreTrainedModel

T = TypeVar("T")

_RESULT = re.compile(r"<tool_response>\n(.*?)\n</tool_response>", re.DOTALL)
_CALL = re.compile(r"<tool_call>\n(.*?)\n</tool_call>", re.DOTALL)
_WORD = re.compile(r" ?[\w$'-]+")

REPEATS = 8  # rows that occur again, in a sequence of rows
FEWEST = 2  # rows that a sequence begins with, at first
_SEGMENTS = 0.6  # the share of word sequences among all
_FILLED = 0.5  # the share of word sequences with boilerplate between the words, once rows have some
_JSON = 0.7  # the share of rows as JSON among rows, once there are such rows
_CONVERSATIONS = 0.4  # the share of conversations among all sequences, once rows have boilerplate
_OTHER_WORDS = 0.5  # the share of conversations in which words are drawn anew
_MOST = 1000  # conversations to draw from
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


def arguments_in(conversation: Sequence[Segment]) -> tuple[str, ...]:
    """Return the texts and the numbers that the model passes on in its calls."""
    texts = (text for segment in conversation if segment.written for text in _CALL.findall(segment.text))
    values = (value for text in texts for value in json.loads(text)["arguments"].values())
    return tuple(dict.fromkeys(str(value) for value in values if isinstance(value, str | int)))


def _to_look_up(conversation: Example, values: Sequence[int]) -> Example:
    """The conversation, of which these values are to be learnt: where the model writes one that it has read before."""
    read: set[int] = set()
    learnt = []
    for token, by_model in zip(conversation.tokens, conversation.written, strict=True):
        learnt.append(int(bool(by_model) and token in values and token in read))
        if not by_model:
            read.add(token)
    return Example(conversation.tokens, tuple(learnt))


class Practice:
    """Makes sequences to practise on. What is to be learnt in them counts as written by the model.

    Args:
        lists: What tools showed.
        conversations: Demonstrations that pass.
        chat: Turns text into tokens.
        vocabulary: All tokens that are no special ones, by their number.
    """

    def __init__(
        self,
        lists: Lists,
        conversations: Sequence[Sequence[Segment]],
        chat: TemplateChat,
        vocabulary: Mapping[int, str],
    ) -> None:
        self.most = lists.most
        self.lists = lists
        self._chat = chat
        self._plain = frozenset(number for number, text in vocabulary.items() if _WORD.fullmatch(text))
        self._openings = frozenset(number for number, text in vocabulary.items() if "{" in text)
        shown = [text for by_key in lists.values.values() for of in by_key.values() for text in of]
        passed_on = [arguments_in(conversation) for conversation in conversations[:_MOST]]
        words = {*self._words_of(shown), *(word for values in passed_on for word in self._words_of(values))}
        self._words = tuple(sorted(words))
        played = [
            (_to_look_up(example(conversation, chat, sys.maxsize), values), values)
            for conversation, values in zip(conversations, map(self._words_of, passed_on), strict=False)
        ]
        self._conversations = tuple((made, values) for made, values in played if any(made.written))
        self._fillers = tuple(sorted(vocabulary.keys() - self._plain))

    def _words_of(self, texts: Iterable[str]) -> tuple[int, ...]:
        """The tokens of these texts that are words, each once."""
        tokens = (token for text in texts for token in self._chat.tokens(f" {text}"))
        return tuple(dict.fromkeys(token for token in tokens if token in self._plain))

    @property
    def has_conversations(self) -> bool:
        """Whether there are conversations to practise on."""
        return bool(self._conversations)

    def sequence(self, rows: int, boilerplate: bool, stream: Stream) -> Example:
        """Return a sequence of words, of rows or, with `boilerplate`, a conversation."""
        if boilerplate and self._conversations and stream.chance(_CONVERSATIONS):
            return self.conversation(stream)
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
            length *= 2
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

    def conversation(self, stream: Stream) -> Example:
        """Return a conversation, or one with other words for what the model passes on in its calls.

        These words are to be learnt where the model writes them, if it has read them before.
        """
        played, values = stream.choice(self._conversations)
        tokens = played.tokens
        if stream.chance(_OTHER_WORDS):
            free = [word for word in self._words if word not in tokens]
            other = dict(zip(values, self._different(free, min(len(values), len(free)), stream), strict=False))
            tokens = tuple(other.get(token, token) for token in tokens)
        return Example(tokens, played.written)

    @staticmethod
    def _different(values: Sequence[T], count: int, stream: Stream) -> list[T]:
        found: dict[T, None] = {}
        while len(found) < count:
            found[stream.choice(values)] = None
        return list(found)


@frozen
class Practised:
    """How far practice is: the step, the rows of its sequences, whether these are JSON, and how much is copied rightly.

    `accuracy` is that of new rows or that of conversations, whichever is less; conversations come with JSON.
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
    """Train the model in place and yield now and then, up to the step at which it copies the words of JSON rows and of conversations.

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
    """The share of words that the model copies rightly in new rows or in conversations, whichever is less."""
    import torch

    stream = Stream("a look at copying")
    looks = [[practice.rows(rows, boilerplate, stream) for _ in range(_LOOKED_AT)]]
    if boilerplate and practice.has_conversations:
        looks.append([practice.conversation(stream) for _ in range(_LOOKED_AT)])
    with torch.no_grad():
        return min(batch_loss(model, batch, pad=pad)[1] for batch in looks)
