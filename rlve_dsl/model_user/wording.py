"""Asking a model to say the scripted user's sentences in other words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from rlve_dsl.expressions import Segment
from rlve_dsl.frozen import frozen
from rlve_dsl.model_user.checks import is_sayable, longest, places_of, problem_of, values_of
from rlve_dsl.model_user.request import ModelRequest, Unanswered, json_in
from rlve_dsl.user import FactId, Role
from rlve_dsl.values import Json, JsonObject

Sentence = Sequence[Segment]

TASK = """\
You write the messages of a shopper who chats with a shop assistant. You get the sentences that the shopper says. Say each
of them in other words, as a person would type it in a chat: casual, short, in the first person.

- Give back as many sentences as you got, in the same order: one wording for each sentence.
- Copy each text of `keep` exactly, in the same order. It must be in the wording of its own sentence and in no other.
- Say what the sentence says and nothing else. Add no product, option, number, price, date, condition or question.
- Do not use a number that the sentence does not have, in digits or as a word: not even `one`.
- Write plain text, without quotation marks, lists, code or emoji."""

_FRAME = 64  # tokens around the wordings


@frozen
class Values:
    """The values of all facts of a user: those that have not been disclosed, and the others."""

    secret: tuple[str, ...]
    known: tuple[str, ...]


def values_for(role: Role, disclosed: Collection[FactId]) -> Values:
    """The values of the user's facts, when these slots have been disclosed."""
    texts: dict[bool, dict[str, None]] = {True: {}, False: {}}
    for request in role.requests:
        for slot in request.slots:
            plain = [slot.value] if isinstance(slot.value, str) and is_sayable(slot.value) else []
            own = (*values_of(slot.says), *plain)
            texts[slot.id in disclosed] |= dict.fromkeys(own)
    return Values(tuple(text for text in texts[False] if text not in texts[True]), tuple(texts[True]))


def wording_request(sentences: Sequence[Sentence], temperature: float, seed: int) -> ModelRequest:
    """The request for other words. It holds only what is said anyway: no secret, and nothing that the agent wrote."""
    material: list[Json] = [
        {"sentence": "".join(segment.text for segment in sentence), "keep": [*values_of(sentence)]}
        for sentence in sentences
    ]
    form: JsonObject = {
        "type": "object",
        "properties": {"sentences": {"type": "array", "items": {"type": "string"}}},
        "required": ["sentences"],
        "additionalProperties": False,
    }
    # a token is seldom shorter than two characters, so this cuts only what would be refused
    characters = sum(longest(sentence) for sentence in sentences)
    return ModelRequest(TASK, {"sentences": material}, form, temperature, seed, most_tokens=_FRAME + characters // 2)


def wordings_in(reply: str, count: int) -> list[str]:
    """The wordings in a reply, one for each of `count` sentences.

    Raises:
        Unanswered: When they are not there.
    """
    found = json_in(reply).get("sentences")
    if not isinstance(found, list) or len(found) != count or not all(isinstance(text, str) for text in found):
        raise Unanswered("reply in another form")
    return [str(text).strip() for text in found]


def checked(wording: str, sentence: Sentence, values: Values, others: Iterable[str]) -> str | None:
    """Why a wording must not be said; `others` are the values of the other sentences of the reply."""
    return problem_of(wording, sentence, (*values.known, *others), values.secret)


def with_values(wording: str, sentence: Sentence) -> tuple[Segment, ...]:
    """A wording in parts, in which the sentence's values are marked, so that typing errors spare them."""
    parts: list[Segment] = []
    end = 0
    for start, stop in places_of(values_of(sentence), wording) or ():
        parts += (Segment(wording[end:start], False), Segment(wording[start:stop], True))
        end = stop
    parts.append(Segment(wording[end:], False))
    return tuple(part for part in parts if part.text)
