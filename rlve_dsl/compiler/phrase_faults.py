"""Warns of what a user says that reads wrongly, as far as that can be seen without an episode."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from rlve_dsl.compiler.context import Context
from rlve_dsl.english import Fault, agreeing, doubled, faults
from rlve_dsl.expressions import Hole, Template
from rlve_dsl.expressions.types import INT, TEXT, Enum, Keyed, ListOf, required
from rlve_dsl.files import Fact, TemplateText

READS_WRONGLY = "R232"
_GREETING = re.compile(
    r"(?:hi(?: there)?|hello(?: there)?|hey(?: there)?|good (?:morning|afternoon|evening|day)|greetings)\b(?!-)",
    re.IGNORECASE,
)
_GREETING_INSIDE = re.compile(rf"(?:^|[,.!?;] ){_GREETING.pattern}(?=[,.!?]|$)", re.IGNORECASE)
_WAS = re.compile(r"(?:it|that|this) (?:was|has been|had been) ", re.IGNORECASE)
_SINGULAR = re.compile(r" (?:is|isn't|has|hasn't|goes|comes|was|wasn't|does|doesn't|needs|looks|costs)\b")
_SUBJECT = re.compile(r"(?:^|[,.:;!?] |\b(?:that|but|and|because|if|afraid|sorry|hope|think) )the $", re.IGNORECASE)
_NEXT_WORD = re.compile(r" ([a-z]+)\b")
_HOLE = re.compile(r'\{(?:[^{}"]|"[^"\n]*")*\}')


def warn_of_words(source: TemplateText, context: Context) -> None:
    """Warn of the faults of the words around values."""
    for fault in faults(_HOLE.sub("◊", source.text)):
        _warn(source, fault, context)


def warn_of_holes(source: TemplateText, context: Context) -> None:
    """Warn of an act that is worded like a template: its words are said as they are."""
    hole = _HOLE.search(source.text)
    if hole is not None:
        context.diagnostics.warning(
            "R113", f"`{hole[0]}` stays as it is: the words of an act are no template", source.span,
            help="values are said by facts and reactions",
        )  # fmt: skip


def warn_of_greeting(source: TemplateText, context: Context) -> None:
    """Warn of an opening, or of words of a fact, that greet where the user greets before them."""
    found = _GREETING.match(source.text) or _GREETING_INSIDE.search(source.text)
    if found is not None and "greet" in context.shared.user.acts:
        words = found[0].strip(" ,.!?;")
        _warn(source, Fault("second greeting", words, "leave it out: the act `greet` comes before"), context)


def warn_of_values(source: TemplateText, template: Template, context: Context) -> None:
    """Warn of values that do not fit the words around them, and of lists that nothing joins."""
    for fault in (*_of_values(template), *_of_grammar(template), *_of_nouns(template, context)):
        _warn(source, fault, context)


def warn_of_repetition(fact: Fact, context: Context) -> None:
    """Warn when each item of a list would be said in a sentence of its own, in the same words."""
    says = next(iter(fact.says))
    if fact.loop is not None and fact.says_all is None and _HOLE.sub("", says.text).strip():
        advice = '`says_all` says several items in one sentence: `says_all: "… {values}."`'
        _warn(says, Fault("unjoined list", says.text, advice), context)


def _of_values(template: Template) -> Iterator[Fault]:
    before = ""
    for part in template.parts:
        if not isinstance(part, Hole):
            before = part.text
            continue
        type_ = required(part.value.type)
        if isinstance(type_, ListOf | Keyed):
            yield Fault("unjoined list", f"{{{part.value.text}}}", f"write `{{joined({part.value.text.strip()})}}`")
        if isinstance(type_, Enum):
            words = [value.replace("_", " ") for value in type_.values]
            wrong = next((word for word in words if agreeing(before, word) != before), None)
            if wrong is not None:
                name = part.value.text.strip()
                yield Fault(
                    "wrong article", f"{before.split()[-1]} {wrong}", f"write `{{a({name})}}` without an article"
                )
        before = ""


def _of_grammar(template: Template) -> Iterator[Fault]:
    """Values that are no part of a sentence that a person would type: half a sentence, or the wrong number."""
    texts = [part if isinstance(part, Hole) else part.text for part in template.parts]
    for before, hole, after in zip(["", *texts], texts, [*texts[1:], ""], strict=False):
        if not isinstance(hole, Hole):
            continue
        before, after = (text if isinstance(text, str) else "" for text in (before, after))
        name, type_ = hole.value.text.strip(), required(hole.value.type)
        is_word = isinstance(type_, Enum)
        if is_word and hole is texts[0]:
            yield Fault("small letter", f"{{{name}}}", "begin the sentence with a word of your own")
        if is_word and _WAS.fullmatch(before) and after in (".", "!", ""):
            yield Fault("unclear subject", f"{before}{{{name}}}", "say what was so: `The parcel was …`")
        if type_ is INT and re.match(r" of the\b", after):
            advice = "write `{counted(…, product.noun)}`, which says `one mug` or `two pairs of shoes`"
            yield Fault("number of a single thing", f"{{{name}}} of the", advice)
        verb = _SINGULAR.match(after)
        if verb is not None and type_ is TEXT and _SUBJECT.search(before):
            advice = "names such as `running shoes` are several things: let another word be the subject"
            yield Fault("verb for one thing", f"the {{{name}}}{verb[0]}", advice)


def _of_nouns(template: Template, context: Context) -> Iterator[Fault]:
    """A word after a value that a product of the catalog ends with: "the trash can can wait"."""
    texts = [part if isinstance(part, Hole) else part.text for part in template.parts]
    for hole, after in pairwise(texts):
        if isinstance(hole, Hole) and isinstance(after, str) and (word := _NEXT_WORD.match(after)):
            nouns = (product_type.noun.split() for product_type in context.shared.catalog.taxonomy.types)
            if required(hole.value.type) is TEXT and any(noun[-1:] == [word[1].lower()] for noun in nouns):
                yield doubled(word[1].lower())


def _warn(source: TemplateText, fault: Fault, context: Context) -> None:
    context.diagnostics.warning(
        READS_WRONGLY, f"this reads wrongly: {fault.kind} `{fault.words}`", source.span, help=fault.advice
    )
