"""How the oracle words its questions: one fluent message for all that it asks in a turn.

Belongs here: the choice of words. Does not belong here: what is asked for (`solving.py`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rlve_dsl.compiler import Wordings
from rlve_dsl.english import listed
from rlve_dsl.episode import Asked
from rlve_dsl.rng import Stream

_GENERAL = ("Is there anything else I should know?", "Anything else that matters to you?")
_ATTRIBUTES = ("Do you have any wishes about {items}?",)
_FRAMES = (
    "{question}",
    "Just so that I get this right: {question}",
    "One thing I need to know: {question}",
    "I have a question: {question}",
    "To be sure: {question}",
    "A question about this: {question}",
)
_TOGETHER = 0.7  # how often the questions for one fact of several items are one question
_JOINS = ("", "", "Also, ", "And ")
_OF_ONE = re.compile(
    r"\{item\} (?:is(?:n't)?|was|has(?:n't)?|comes|does(?:n't)?)\b"
)  # "if the mug or the pan is sold out"
_IF = re.compile(r"\b(?:if|when|case|suppose)\b", re.IGNORECASE)
_LEADS = (
    *("",) * 6,
    *("Sure.", "All right.", "Happy to help.", "Let me see.", "I can help with that.", "Of course.", "Certainly."),
    *("No problem.", "Gladly.", "Let me look into that.", "With pleasure."),
)


GENERAL = Asked("")
"""The question whether there is anything else."""


def message(questions: Sequence[tuple[Asked, Wordings]], stream: Stream, *, plain: bool = False) -> str:
    """Word the questions of one turn as one message, each question once, the general one last.

    Args:
        questions: The questions, each with the wordings of its environment.
        stream: Chooses the words.
        plain: Whether the questions are put in the file's own words, because others were not understood.
    """
    said: dict[str, None] = {}
    for question, wordings in sorted(_together(questions, stream, plain), key=lambda pair: not pair[0].fact):
        # by the fact and not by the place, so that another question beside it does not change the words
        said.setdefault(_worded(question, wordings, stream.child(question.fact, *question.about), plain))
    if not said:
        return ""
    first, *more = said
    lead = stream.child("lead").choice(_LEADS)
    sentences = [first, *(_joining(text, stream.child("join", place)) for place, text in enumerate(more))]
    return " ".join([lead, *sentences] if lead else sentences)


def _together(questions: Sequence[tuple[Asked, Wordings]], stream: Stream, plain: bool) -> list[tuple[Asked, Wordings]]:
    """The questions, where those for one fact of several items are often one question."""
    found: dict[object, tuple[Asked, Wordings]] = {}
    for place, (question, wordings) in enumerate(questions):
        fact = question.fact
        whole = question.key is not None and fact in wordings.facts and not plain
        if not whole or not stream.child("together", fact).chance(_TOGETHER):
            found[place] = question, wordings
            continue
        one = found.get((id(wordings), fact))
        about = (*(one[0].about if one else ()), *question.about)
        found[id(wordings), fact] = replace(question, about=about), wordings
    return list(found.values())


def _worded(question: Asked, wordings: Wordings, stream: Stream, plain: bool) -> str:
    if not question.fact:
        return _sentence(_GENERAL[0] if plain else stream.choice(wordings.general or _GENERAL))
    if plain:
        text = question.text
        for name in question.about:
            text = text.replace(name, wordings.words.get(name, name.replace("_", " ")))
        return _sentence(text)
    names = [wordings.words.get(name, name.replace("_", " ")) for name in question.about]
    if len(names) > 1 and question.key is None:
        return _sentence(stream.choice(wordings.attributes or _ATTRIBUTES).replace("{items}", listed(names, " or ")))
    bank = (*wordings.facts.get(question.fact, ()), *wordings.questions.get(question.text, ()))
    if not bank:
        return _sentence(stream.choice(_FRAMES).replace("{question}", question.text))
    if len(names) > 1:  # "the mug comes in several colours" is said of one thing
        bank = tuple(text for text in bank if not _OF_ONE.search(text) or _IF.search(text)) or bank
    text = stream.choice(bank)
    return _sentence(text.replace("{item}", listed(names, " or the " if _OF_ONE.search(text) else " and the ")))


def _joining(text: str, stream: Stream) -> str:
    """A later sentence of a message, some with a word that joins it to the one before, if it has none itself."""
    word = stream.choice(_JOINS)
    first = text.split(maxsplit=1)[0]
    if not word or first in ("I", "And", "Also") or "'" in first or first[1:] != first[1:].lower():
        return text
    return word + text[:1].lower() + text[1:]


def _sentence(text: str) -> str:
    """The text with a capital letter first and a mark at its end."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "?", "!")) else f"{text}."
