"""`user:` of an environment: the opening, the facts and the reactions."""

from __future__ import annotations

from collections.abc import Mapping

from rlve_dsl.diagnostics import Span
from rlve_dsl.files.kinds.world import CONDITION_DOC, LOOP, LOOP_DOC
from rlve_dsl.files.shapes.file_reader import FileReader
from rlve_dsl.files.shapes.lists import Listed
from rlve_dsl.files.shapes.mappings import Given, Table
from rlve_dsl.files.shapes.phrasings import ACT_PHRASINGS, PHRASINGS, Phrasings
from rlve_dsl.files.shapes.records import Values, key, record, shape_of
from rlve_dsl.files.shapes.texts import ExpressionText, Loop, Name, TemplateText
from rlve_dsl.files.shapes.words import ACT, EXPRESSION, NAME, TEMPLATE, TOOL


def _together(given: Given, at: FileReader) -> Values:
    if "says_all" in given.values and "loop" not in given.values and not at.partial:
        at.error("S119", "`says_all` is for a fact with `for_each`", given.head)
    if "each" in given.values and "says_all" not in given.values and not at.partial:
        at.error(
            "S119", "`each` goes with `says_all`", given.head, help="it says one of the items that `{values}` joins"
        )
    return given.values


@record("a fact", keys="fact for_each if value says each says_all ask about omit", fill=_together)
class Fact:
    """Something the user can say. `omit` is the probability that the opening leaves it out (0 when absent).

    Several items of a list are said together with `says_all`, where `{values}` joins what `each` says of every item.
    The oracle uses the first of `asks`; the others, and `about`, help the shopper to understand other wordings.
    """

    name: Name = key("Its name; solutions read `said.<name>`.", NAME, name="fact")
    span: Span
    loop: Loop | None = key(LOOP_DOC, LOOP, name="for_each", default=None)
    condition: ExpressionText | None = key(CONDITION_DOC, name="if", default=None)
    value: ExpressionText = key("What the user knows.")
    says: Phrasings = key("How the user says it; `{value}` is the value.", PHRASINGS)
    each: TemplateText | None = key("How one of several items is said within `says_all`.", default=None)
    says_all: Phrasings | None = key(
        "How several items are said in one sentence; `{values}` joins them.", PHRASINGS, default=None
    )
    asks: tuple[TemplateText, ...] = key(
        "The question that brings it out; the first is the exemplar.",
        Listed("questions", TEMPLATE, empty=False, single=True),
        name="ask",
        default=(),
    )
    about: tuple[TemplateText, ...] = key(
        "Other words and phrases for what it is about, for a shopper who is asked in an agent's own words; in braces, what the episode knows.",
        Listed("the words", TEMPLATE, empty=False, single=True),
        default=(),
    )
    omit: ExpressionText | None = key("The probability that the opening leaves it out.", default=None)


@record("a reaction")
class Reaction:
    """What the user says unasked, on what condition; `discloses` names a fact (and its element)."""

    span: Span
    loop: Loop | None = key(LOOP_DOC, LOOP, name="for_each", default=None)
    let: Mapping[str, ExpressionText] = key(
        "Names for `when` and `says`.", Table("let", NAME, EXPRESSION), default_factory=dict
    )
    when: ExpressionText = key("When the user says it.")
    act: Name = key("The act of conversation.", ACT)
    says: TemplateText = key("What the user says.")
    discloses: ExpressionText | None = key("The fact that is said with it: `variant[w]`.", default=None)


@record("an entry of `confirm`")
class Refusal:
    """What the user says against a call that the agent is about to make; `discloses` names a fact (and its element)."""

    span: Span
    before: tuple[Name, ...] = key(
        "The tools whose calls it is about; every tool that changes something when absent.",
        Listed("the tools", TOOL, empty=False, single=True),
        default=(),
    )
    when: ExpressionText = key("When the user does not want it; `action` is the call that the agent is about to make.")
    says: TemplateText = key("What the user says after refusing.")
    discloses: ExpressionText | None = key("The fact that is said with it: `item`.", default=None)


@record("`user`")
class Conversation:
    """`user:` of an environment."""

    span: Span
    opening: Phrasings | None = key("What the user says first, before the facts.", PHRASINGS, default=None)
    facts: tuple[Fact, ...] = key("Everything the user can say.", Listed("the facts", shape_of(Fact)))
    reactions: tuple[Reaction, ...] = key(
        "What the user says unasked.", Listed("the reactions", shape_of(Reaction)), default=()
    )
    confirm: tuple[Refusal, ...] = key(
        "What the user does not agree to, when the agent says what it is about to do and asks; the first that holds counts.",
        Listed("the refusals", shape_of(Refusal)),
        default=(),
    )
    acts: Mapping[str, Phrasings] = key(
        "How acts of conversation are worded here, in place of the User file's wording.",
        Table("the acts", ACT, ACT_PHRASINGS),
        default_factory=dict,
    )
