"""Which things are meant, among those that sentences mention.

Belongs here: what follows from the mentions alone. Does not belong here: which words mention a thing, what is proposed.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from rlve_dsl.user.consent.read_sentences import ReadSentence
from rlve_dsl.user.consent.things import Mention


def narrowed(mention: Mention, takes: frozenset[str]) -> Mention:
    """Of the things that words may mean, those of a sort that the tool takes, where there are such."""
    if "line" in takes and "product" not in takes:
        lines = tuple(t for t in mention if t.line_id is not None and (t.order_id is not None) == ("order" in takes))
        return lines or mention
    return mention


class Context:
    """Sentences around one that names no thing, such as "I will return it". What they mention is found out once.

    Args:
        sentences: The sentences.
    """

    def __init__(self, sentences: Iterable[ReadSentence]) -> None:
        self._sentences = tuple(sentences)

    @cached_property
    def listed(self) -> tuple[Mention, ...]:
        """The things that the points of a list mention: what "these" are."""
        return tuple(dict.fromkeys(m for read in self._sentences if read.sentence.is_listed for _, m in read.mentions))

    @cached_property
    def only_one(self) -> tuple[Mention, ...]:
        """The one thing that these sentences mention; nothing where they mention several."""
        mentions = {m for read in self._sentences for _, m in not_sent(read) if not all(thing.is_order for thing in m)}
        return tuple(mentions) if len(mentions) == 1 else ()

    @cached_property
    def misnamed(self) -> Mention:
        """The things that they name with a value that these do not have."""
        return tuple(dict.fromkeys(thing for read in self._sentences for thing in read.misnamed))


def not_sent(read: ReadSentence) -> tuple[tuple[int, Mention], ...]:
    """The mentions of a sentence without those of what the listener is sent."""
    sent = {send.thing for send in read.sent}
    return tuple((at, mention) for at, mention in read.mentions if at not in sent)
