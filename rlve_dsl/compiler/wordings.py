"""How the oracle words its questions: what Wordings files say about one environment."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from types import MappingProxyType

from rlve_dsl import files
from rlve_dsl.compiler.context import Context
from rlve_dsl.compiler.conversation import Facts
from rlve_dsl.diagnostics import did_you_mean
from rlve_dsl.files import Text
from rlve_dsl.frozen import frozen

_PLACE = re.compile(r"\{([^{}]*)\}")


@frozen
class Wordings:
    """Questions in other words than the environment's own.

    Attributes:
        facts: Questions by fact; `{item}` is what a question is about.
        general: Questions for anything that has not been said.
        attributes: Questions about several attributes, `{items}`.
        questions: Other wordings of whole questions.
        words: What attributes are called.
    """

    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    general: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    questions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)


NO_WORDINGS = Wordings()


def concerns(source: files.Wordings, environment: str) -> bool:
    """Whether a Wordings file says anything about an environment."""
    is_of_it = source.environment is not None and source.environment.text == environment
    return is_of_it or bool(source.general or source.attributes or source.questions or source.words)


def compile_wordings(
    environment: str, facts: Facts, sources: Sequence[files.Wordings], context: Context, before: Wordings = NO_WORDINGS
) -> Wordings:
    """What Wordings files say about an environment; later files add to earlier ones, and all of them to `before`."""
    if not sources:
        return before
    by_fact = dict(before.facts)
    general, attributes = before.general, before.attributes
    questions, words = dict(before.questions), dict(before.words)
    for source in sources:
        if source.environment is not None and source.environment.text == environment:
            for fact, texts in source.facts.items():
                by_fact[fact] = (*by_fact.get(fact, ()), *_of_fact(source, fact, texts, facts, context))
        general += _checked(source.general, None, context)
        attributes += _checked(source.attributes, "items", context)
        for question, texts in source.questions.items():
            questions[question] = (*questions.get(question, ()), *_checked(texts, None, context))
        words |= {name: word.text for name, word in source.words.items()}
    return Wordings(
        MappingProxyType(by_fact), general, attributes, MappingProxyType(questions), MappingProxyType(words)
    )


def _of_fact(
    source: files.Wordings, fact: str, texts: tuple[Text, ...], facts: Facts, context: Context
) -> tuple[str, ...]:
    if fact not in facts.plans:
        context.unknown("fact", files.Name(fact, texts[0].span if texts else source.span), facts.plans)
        return ()
    plan = facts.plans[fact]
    if plan is None:  # it did not compile, so what its questions are about is not known
        return ()
    about = bool(plan.asks) and all(ask.holes for ask in plan.asks)
    return _checked(texts, "item" if about else None, context)


def _checked(texts: tuple[Text, ...], place: str | None, context: Context) -> tuple[str, ...]:
    """The texts. Each has this place for words, and no other."""
    for text in texts:
        found = _PLACE.findall(text.text)
        for name in found:
            if name != place:
                known = [place] if place else []
                context.diagnostics.error(
                    "R205", f"there is no place `{{{name}}}` in this wording", text.span,
                    label=did_you_mean(name, known), help=f"known: {', '.join(known)}" if known else "it has no places",
                )  # fmt: skip
        if place and not found:
            context.diagnostics.error(
                "R229", f"the wording does not say what it is about: it has no `{{{place}}}`", text.span
            )
    return tuple(text.text for text in texts)
