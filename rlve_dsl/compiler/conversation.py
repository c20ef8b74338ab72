"""What the user can say: facts as slots, reactions, and the record `said` through which a solution learns them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

from rlve_dsl import files
from rlve_dsl.compiler.bindings import CompiledLoop, compile_loop, scope_within
from rlve_dsl.compiler.context import Context
from rlve_dsl.compiler.disturbances import NoisePlan, compile_noises, compile_typing_errors
from rlve_dsl.compiler.phrase_faults import warn_of_greeting, warn_of_holes, warn_of_repetition, warn_of_words
from rlve_dsl.compiler.phrases import Frames, Phrases, compile_frames, compile_phrases, compile_words
from rlve_dsl.expressions import Expression, Scope, Segment, Template, compile_expression, joined_in
from rlve_dsl.expressions.types import BOOL, NOTHING, Enum, Id, Keyed, Record, Type, fits, optional, required
from rlve_dsl.files import TONES, ExpressionText, Fact, Reaction, TemplateText, Tone, User
from rlve_dsl.files import Conversation as UserSection
from rlve_dsl.frozen import frozen
from rlve_dsl.user import Slot, Words, mistakable

MOST_FACTS = 100
"""Facts of an environment."""

_THING = "Thing"  # stands for a value that a question names
_CONSTANT = re.compile(r"\"[^\"]*\"|'[^']*'|\$?[\d.,]+%?|true|false")
_REFERENCE = re.compile(r"\s*(\w+)\s*(?:\[(.+)\])?\s*")


@frozen
class FactPlan:
    """A compiled fact: one slot, or one for each item of its loop.

    `each` says one of several items, and `together` is what stands around all of them.
    """

    name: str
    loop: CompiledLoop | None
    condition: Expression | None
    value: Expression
    says: Phrases
    each: Template | None
    together: Frames | None
    asks: tuple[Template, ...]
    omit: Expression | None
    about: tuple[Template, ...]
    options: tuple[str, ...]

    @property
    def about_always(self) -> tuple[str, ...]:
        """The words for what it is about that are the same in every episode."""
        return tuple(text.text for text in self.about if text.fixed is not None)

    @property
    def always_said(self) -> bool:
        """Whether every opening states it."""
        return self.omit is None

    @property
    def said_type(self) -> Type:
        """The type of `said.<fact>` in a solution."""
        if self.loop is not None:
            key = Id(self.loop.key)
            return Keyed(key, Record(f"said {self.name}", (("value", self.value.type), ("key", key))))
        record = Record(f"said {self.name}", (("value", self.value.type),))
        return record if self.always_said and self.condition is None else optional(record)


@frozen
class ReactionPlan:
    """A compiled reaction. `fact` and `element` say which slot it discloses."""

    act: str
    loop: CompiledLoop | None
    lets: tuple[tuple[str, Expression], ...]
    when: Expression
    says: Template
    fact: str | None
    element: Expression | None


@frozen
class Facts:
    """What the user can be asked for: the plans by name, None for those with errors; the opening; and the type of `said`."""

    plans: Mapping[str, FactPlan | None]
    opening: Phrases | None
    said: Record


@frozen
class Manner:
    """How the user speaks: tones, wordings of acts by tone, noises, patience; and more words that it understands."""

    tones: tuple[Tone, ...]
    acts: Mapping[Tone, Mapping[str, tuple[str, ...]]]
    noises: tuple[NoisePlan, ...]
    patience: Expression | None
    recall: Expression | None
    words: tuple[tuple[str, tuple[str, ...]], ...]


def compile_facts(source: UserSection, scope: Scope, context: Context) -> Facts:
    """A plan for each fact, and the opening. Facts with errors have the type NOTHING in `said`, which fits everywhere."""
    plans: dict[str, FactPlan | None] = {}
    for fact in source.facts:
        if fact.name.text in plans:
            context.diagnostics.error("R206", f"there are two facts `{fact.name.text}`", fact.name.span)
        else:
            plans[fact.name.text] = _fact(fact, scope, context)
    if len(plans) > MOST_FACTS:
        first = source.facts[MOST_FACTS].name
        context.diagnostics.error(
            "R227", f"`{first.text}` is one fact too many: there are at most {MOST_FACTS}", first.span
        )
    else:  # each is compared with all others
        _check_questions(source, plans, context)
    types = tuple((name, plan.said_type if plan else NOTHING) for name, plan in plans.items())
    for text in source.opening or ():
        warn_of_greeting(text, context)
    return Facts(plans, compile_phrases(source.opening, scope, context), Record("said", types))


def _check_questions(source: UserSection, plans: Mapping[str, FactPlan | None], context: Context) -> None:
    """Warn of two facts with the same question, unless `if:` may see to it that only one of them holds."""
    first: dict[tuple[str, ...], FactPlan] = {}
    same: set[frozenset[str]] = set()
    for fact in source.facts:
        plan = plans.get(fact.name.text)
        for text in fact.asks if plan else ():
            words = tuple(text.text.lower().replace("?", " ").split())
            other = first.setdefault(words, plan) if plan else None
            if plan and other and other.name != plan.name and not _may_exclude(plan, other):
                context.diagnostics.warning(
                    "R228", f"`{other.name}` and `{plan.name}` have the same question: whoever asks it is told both", text.span,
                    help="let each question name what its fact is about",
                )  # fmt: skip
                same.add(frozenset((other.name, plan.name)))
    _check_meanings(source, plans, same, context)


def _check_meanings(
    source: UserSection, plans: Mapping[str, FactPlan | None], same: set[frozenset[str]], context: Context
) -> None:
    """Warn of two facts that the user cannot tell apart by their questions, though these are not the same."""
    if not context.shared.thorough:
        return
    found = {name: plan for name, plan in plans.items() if plan is not None and plan.asks}
    slots = tuple(_example(plan) for plan in found.values())
    for name, other in _mistakable(slots, words_of(context.shared.user)):
        pair = frozenset((name, other))
        if pair in same or _may_exclude(found[name], found[other]):
            continue
        same.add(pair)
        fact = next(fact for fact in source.facts if fact.name.text == name)
        context.diagnostics.warning(
            "R228", f"the questions of `{name}` fit `{other}` as well: whoever asks for it in other words may be told the other",
            fact.asks[0].span, help="let each question name what its fact is about, or add words to `about:`",
        )  # fmt: skip


def _may_exclude(one: FactPlan, other: FactPlan) -> bool:
    """Whether two facts may never hold together: both have an `if:`, and neither follows from the other."""
    if one.condition is None or other.condition is None:
        return False
    first, second = joined_in(one.condition.text), joined_in(other.condition.text)
    return not (first <= second or second <= first)


@lru_cache(maxsize=256)  # many collections share environments
def _mistakable(slots: tuple[Slot, ...], words: Words) -> tuple[tuple[str, str], ...]:
    return tuple(mistakable(slots, words))


def _example(plan: FactPlan) -> Slot:
    """A fact as the user would be asked for it, with a word for each value that its questions name."""
    asks = tuple(
        tuple(part if isinstance(part, Segment) else Segment(_THING, True) for part in ask.parts) for ask in plan.asks
    )
    return Slot(plan.name, None, None, (), asks, True, True, 1, plan.about_always, plan.options)


def _fact(fact: Fact, scope: Scope, context: Context) -> FactPlan | None:
    loop = compile_loop(fact.loop, scope, context)
    inner = scope_within(fact.loop, loop, scope)
    condition = context.optional(fact.condition, inner, BOOL)
    value = context.expression(fact.value, inner)
    if value is None:
        return None
    if fact.loop is not None and fact.loop.name.text == "value":
        context.diagnostics.error("R203", "`value` is what the fact says, and no item of a list", fact.name.span)
        return None
    told = inner.extended({"value": value.type})
    says = compile_phrases(fact.says, told, context)
    for text in fact.says:
        warn_of_greeting(text, context)
    warn_of_repetition(fact, context)
    _warn_of_silence(fact, context)
    each = together = None
    if fact.says_all is not None:
        each = compile_words(fact.each or TemplateText("{value}", fact.value.span), told, context)
        together = compile_frames(fact.says_all, context)
    asks = [ask for text in fact.asks if (ask := context.template(text, inner)) is not None]
    about = [words for of in fact.about if (words := context.template(of, inner)) is not None]
    omit = context.probability(fact.omit, inner)
    if fact.omit is not None and not fact.asks:
        context.diagnostics.error(
            "R207",
            f"`{fact.name.text}` can be omitted, but nothing says how to ask for it",
            fact.name.span,
            help="add `ask:` with the question that discloses it",
        )
    if (
        says is None
        or len(asks) < len(fact.asks)
        or len(about) < len(fact.about)
        or (fact.says_all and (each is None or together is None))
    ):
        return None
    if (fact.loop and loop is None) or (fact.omit and omit is None) or (fact.condition and condition is None):
        return None
    options = _options(value.type)
    return FactPlan(
        fact.name.text, loop, condition, value, says, each, together, tuple(asks), omit, tuple(about), options
    )  # fmt: skip


def _warn_of_silence(fact: Fact, context: Context) -> None:
    """Warn of a fact whose words never change, though its value may: an agent that hears them knows nothing of it."""
    tells = any("{" in text.text for text in fact.says)
    if tells or fact.condition is not None or _CONSTANT.fullmatch(fact.value.text.strip()):
        return
    context.diagnostics.warning(
        "R234", f"what the user says of `{fact.name.text}` never tells its value", fact.name.span,
        help="put `{value}` into the words, or other words for each value",
    )  # fmt: skip


def _options(type_: Type) -> tuple[str, ...]:
    """All words that a value of a closed list can be."""
    inner = required(type_)
    return tuple(value.replace("_", " ") for value in inner.values) if isinstance(inner, Enum) else ()


def words_of(user: User) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The words of a User file that mean the same, by name."""
    return tuple(
        (name.replace("_", " "), tuple(text.text for text in entry.phrases)) for name, entry in user.words.items()
    )


def compile_manner(source: UserSection, noises: Sequence[files.Noise], axes: Scope, context: Context) -> Manner:
    """How the user file has the user speak; the environment may word acts in another way, and adds noises."""
    user = context.shared.user
    worded = {**user.acts, **source.acts}
    for phrases in worded.values():
        for phrase in phrases:
            warn_of_words(phrase, context)
            warn_of_holes(phrase, context)
    acts = {
        tone: MappingProxyType({act: tuple(p.text for p in phrases.of(tone)) for act, phrases in worded.items()})
        for tone in TONES
    }
    spoken = compile_noises(noises, axes, context, shared=True)
    patience = context.count(user.patience, axes, "`unhelpful`")
    recall = context.count(user.recall, axes, "`recall`")
    words = words_of(user)
    typed = compile_typing_errors(user.noise, axes, context)  # last: it changes words that others look for
    return Manner(user.tone, MappingProxyType(acts), (*spoken, *typed), patience, recall, words)


def compile_reactions(source: UserSection, facts: Facts, scope: Scope, context: Context) -> tuple[ReactionPlan, ...]:
    """The reactions without errors, in file order."""
    plans = [_reaction(reaction, facts, scope, context) for reaction in source.reactions]
    return tuple(plan for plan in plans if plan is not None)


def _reaction(reaction: Reaction, facts: Facts, scope: Scope, context: Context) -> ReactionPlan | None:
    loop = compile_loop(reaction.loop, scope, context)
    scope = scope_within(reaction.loop, loop, scope)
    lets = []
    for name, source in reaction.let.items():
        expression = context.expression(source, scope) if context.is_free(name, source.span, scope) else None
        if expression is None:
            return None
        lets.append((name, expression))
        scope = scope.extended({name: expression.type})
    when = context.expression(reaction.when, scope, BOOL)
    says = compile_words(reaction.says, scope, context)
    fact, element = disclosed(reaction.discloses, facts, scope, context) if reaction.discloses else (None, None)
    if when is None or says is None or (reaction.loop and loop is None) or (reaction.discloses and fact is None):
        return None
    return ReactionPlan(reaction.act.text, loop, tuple(lets), when, says, fact, element)


def disclosed(
    source: ExpressionText, facts: Facts, scope: Scope, context: Context
) -> tuple[str | None, Expression | None]:
    """The fact and the element that `discloses: fact[element]` names; no fact when there are errors."""
    nothing = (None, None)
    matched = _REFERENCE.fullmatch(source.text)
    if matched is None or matched[1] not in facts.plans:
        context.diagnostics.error(
            "R208", f"`{source.text}` names no fact", source.span, help=f"facts: {', '.join(facts.plans) or 'none'}"
        )
        return nothing
    plan = facts.plans[matched[1]]
    if plan is None:
        return nothing
    if (plan.loop is not None) != (matched[2] is not None):
        how = f"`{plan.name}[…]` with an item of `{plan.loop.key}`" if plan.loop else f"`{plan.name}` alone"
        context.diagnostics.error("R208", f"`{source.text}` does not name one slot", source.span, label=f"write {how}")
        return nothing
    if plan.loop is None:
        return plan.name, None
    start, end = matched.span(2)
    element = compile_expression(matched[2], source.span.within(start, end), scope, context.diagnostics)
    if element is None:
        return nothing
    if not fits(element.type, optional(plan.loop.item)):
        context.diagnostics.error(
            "R208", f"`{matched[2]}` is {element.type}, not an item of `{plan.loop.key}`", source.span
        )
        return nothing
    return plan.name, element
