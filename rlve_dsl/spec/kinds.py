"""The typed content of each kind of file: frozen, with the span of everything an author wrote.

Belongs here: nouns only. Whether an expression parses or a name exists is the compiler's to say; that a key exists and
holds the right sort of YAML is settled before one of these is built.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from rlve_dsl.diagnostics import Span


@dataclass(frozen=True, slots=True)
class Name:
    """A name that the author gives or refers to."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Text:
    """Words shown as they are."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class TemplateText:
    """Words with `{expression}` in them."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class ExpressionText:
    """An expression as the author spelt it; `span` covers the scalar's content, without its quotes."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class BlockText:
    """Text of a `|` block: line `i` of `text` begins in line `span.line + i` of the file, in column `span.column`."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Reference:
    """A path to another file, relative to the file that wrote it; `path` is resolved."""

    text: str
    path: str
    span: Span


@dataclass(frozen=True, slots=True)
class Raw:
    """YAML whose meaning a primitive's signature decides (a sampler's arguments); read with `rlve_dsl.spec.arguments`.

    `value` is a scalar's source text, a tuple of Raw, or a mapping from key to Raw; `key_spans` are the keys' own.
    """

    value: str | tuple[Raw, ...] | Mapping[str, Raw]
    span: Span
    key_spans: Mapping[str, Span] = field(default_factory=dict)


# Axes ---------------------------------------------------------------------------------------------------------------

Role = Literal["harder_up", "harder_down", "allowance", "shape"]


@dataclass(frozen=True, slots=True)
class Axis:
    """A difficulty axis: a value for every level `d`."""

    name: Name
    type: Literal["int", "real"]
    curve: ExpressionText
    role: Role
    span: Span
    symbol: Text | None = None


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels a scenario has, both ends included; written `0..12`."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Axes:
    """`kind: Axes`."""

    name: Name
    axes: Mapping[str, Axis]
    span: Span
    levels: Levels = Levels(0, 12)


# Reward -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Term:
    """A weighted part of the reward."""

    name: Name
    weight: float
    value: ExpressionText
    span: Span


HardFailure = Literal["malformed_action", "illegal_call", "forbidden"]


@dataclass(frozen=True, slots=True)
class Reward:
    """`kind: Reward`: the weighted sum of the terms, clipped to `range`; a hard failure replaces it.

    `correct_when` says when an episode passes, given whether its environment says so (`correct`), which alone decides
    when it is absent.
    """

    name: Name
    range: tuple[float, float]
    terms: Mapping[str, Term]
    span: Span
    let: Mapping[str, ExpressionText] = field(default_factory=dict)
    hard_failures: Mapping[HardFailure, float] = field(default_factory=dict)
    correct_when: ExpressionText | None = None


# Catalog ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Attribute:
    """A property of a product type, how a wish for it is compared and how it is said (`says` has `{value}`)."""

    name: Name
    type: Literal["int", "real", "enum", "bool"]
    values: tuple[str | int | float | bool, ...]
    wanted: Literal["exactly", "at_least", "at_most"]
    says: TemplateText
    span: Span
    unit: str = ""


@dataclass(frozen=True, slots=True)
class PriceRange:
    """A lognormal price: median in cents and the standard deviation of its logarithm."""

    median_cents: int
    spread: float


@dataclass(frozen=True, slots=True)
class VariantPool:
    """Which attribute a product's variants differ in, and between how many options."""

    attribute: Name
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class ProductType:
    """A type of product: its name patterns, price and attributes; `weight` is its relative share of a catalog."""

    name: Name
    short_name: TemplateText
    title: TemplateText
    price: PriceRange
    attributes: Mapping[str, Attribute]
    span: Span
    noun: Text | None = None
    variants: VariantPool | None = None
    restricted: bool = False
    weight: float = 1.0
    brands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Department:
    """A shelf of product types with the brands that sell there."""

    name: Name
    types: Mapping[str, ProductType]
    span: Span
    brands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Project:
    """Something a shopper sets out to do, and the product types it needs."""

    name: Name
    title: Text
    needs: tuple[Name, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Ids:
    """How product ids are made: `prefix` and a number, or words drawn in order (one word, then two joined by `-`)."""

    prefix: str = "P"
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Location:
    """Where data is: a path, relative to the file that wrote it (`path` is resolved), or an address `hf://owner/name`."""

    text: str
    path: str
    span: Span


@dataclass(frozen=True, slots=True)
class ImportedAttribute:
    """An attribute of imported products: the columns it is read from, in order, and what their spellings mean.

    An enum has `values`, canonical value → its spellings; a number has `units`, a unit's spelling → its factor. With
    `within`, a spelling may stand anywhere in the text.
    """

    name: Name
    type: Literal["int", "real", "enum"]
    columns: tuple[str, ...]
    says: TemplateText
    span: Span
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    units: Mapping[str, float] = field(default_factory=dict)
    within: bool = False
    wanted: Literal["exactly", "at_least", "at_most"] = "exactly"
    unit: str = ""


@dataclass(frozen=True, slots=True)
class ImportedVariants:
    """Variants made up for imported products: in the first of these attributes that a type comes in several values of."""

    attributes: tuple[Name, ...]
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Rows:
    """Products to be imported: where they are, and which columns hold a product's fields (the first that holds anything)."""

    columns: Mapping[str, tuple[str, ...]]
    span: Span
    place: Location | None = None
    format: str | None = None
    each: tuple[str, ...] = ()
    currency: str = "$"
    attributes: Mapping[str, ImportedAttribute] = field(default_factory=dict)
    variants: ImportedVariants | None = None


@dataclass(frozen=True, slots=True)
class Catalog:
    """`kind: Catalog`; `size` 0 stands for as many products as there are."""

    name: Name
    source: Name
    span: Span
    departments: Mapping[str, Department] = field(default_factory=dict)
    rows: Rows | None = None
    size: int = 1000
    seed: int = 0
    lines: tuple[str, ...] = ()
    ids: Ids = Ids()
    projects: Mapping[str, Project] = field(default_factory=dict)
    embedder: Name | None = None


# User ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Draw:
    """A use of a sampler: its name and the arguments it was given."""

    sampler: Name
    arguments: Raw
    span: Span


@dataclass(frozen=True, slots=True)
class User:
    """`kind: User`: who the simulated shopper is and how they speak.

    `confirmation` holds the questions that they answer by telling the agent to go ahead; the first is the exemplar.
    """

    name: Name
    span: Span
    persona: Mapping[str, Draw] = field(default_factory=dict)
    noise: ExpressionText | None = None
    patience: ExpressionText | None = None
    acts: Mapping[str, tuple[TemplateText, ...]] = field(default_factory=dict)
    confirmation: tuple[Text, ...] = ()


# Environment --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Loop:
    """`for_each: name in expression`."""

    name: Name
    over: ExpressionText
    span: Span


@dataclass(frozen=True, slots=True)
class Step:
    """A binding of the world, the goal or a record's field: exactly one of `draw`, `value` and `record`.

    With `loop` it is made once for each item and binds the list; with `condition` it is unknown where that is false.
    """

    name: Name
    span: Span
    draw: Draw | None = None
    value: ExpressionText | None = None
    record: tuple[Step, ...] = ()
    loop: Loop | None = None
    condition: ExpressionText | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """Something the user can say. `omit` is the probability that the opening leaves it out (0 when absent).

    The first of `asks` is the exemplar that the oracle uses; the others help the matcher.
    """

    name: Name
    value: ExpressionText
    says: TemplateText
    span: Span
    loop: Loop | None = None
    condition: ExpressionText | None = None
    asks: tuple[TemplateText, ...] = ()
    omit: ExpressionText | None = None


@dataclass(frozen=True, slots=True)
class Reaction:
    """What the user says unasked, on what condition; `discloses` names a fact (and its element)."""

    act: Name
    when: ExpressionText
    says: TemplateText
    span: Span
    loop: Loop | None = None
    let: Mapping[str, ExpressionText] = field(default_factory=dict)
    discloses: ExpressionText | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """`user:` of an environment."""

    facts: tuple[Fact, ...]
    span: Span
    opening: TemplateText | None = None
    reactions: tuple[Reaction, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens to the world by itself, after the results of turn `after_turn` are out."""

    event: Name
    of: ExpressionText
    after_turn: ExpressionText
    span: Span


@dataclass(frozen=True, slots=True)
class Ask:
    """Solution: ask for everything not yet said (`facts` empty) or for these facts."""

    span: Span
    facts: tuple[Name, ...] = ()
    condition: ExpressionText | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """Solution: call a tool and bind its result."""

    tool: Name
    span: Span
    arguments: Mapping[str, ExpressionText] = field(default_factory=dict)
    name: Name | None = None
    condition: ExpressionText | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """Solution: bind a value."""

    name: Name
    value: ExpressionText
    span: Span


@dataclass(frozen=True, slots=True)
class NextTurn:
    """Solution: what follows waits for the next turn."""

    span: Span


@dataclass(frozen=True, slots=True)
class ForEach:
    """Solution: do the same for each item, side by side as far as the tool budget allows; `name` is the list of `gives`."""

    loop: Loop
    do: tuple[Action, ...]
    span: Span
    condition: ExpressionText | None = None
    name: Name | None = None
    gives: ExpressionText | None = None


@dataclass(frozen=True, slots=True)
class Repeat:
    """Solution: do again, at most `times` times, until `until` holds."""

    times: ExpressionText
    do: tuple[Action, ...]
    span: Span
    until: ExpressionText | None = None


@dataclass(frozen=True, slots=True)
class Finish:
    """Solution: give the answer."""

    span: Span
    answer: Mapping[str, ExpressionText] = field(default_factory=dict)


Action = Ask | Call | Value | NextTurn | ForEach | Repeat | Finish


@dataclass(frozen=True, slots=True)
class AnswerField:
    """A field of the answer's schema; `type` as the language writes types: `text`, `list of product id`, `bool`."""

    name: Name
    type: Text
    says: Text


@dataclass(frozen=True, slots=True)
class Environment:
    """`kind: Environment`."""

    name: Name
    title: Text
    tools: tuple[Name, ...]
    world: tuple[Step, ...]
    user: Conversation
    reward: ExpressionText
    correct_when: ExpressionText
    solution: tuple[Action, ...]
    span: Span
    brief: TemplateText | None = None
    axes: Mapping[str, Axis] = field(default_factory=dict)
    define: Mapping[str, Definition] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    goal: tuple[Step, ...] = ()
    answer: Mapping[str, AnswerField] = field(default_factory=dict)
    measures: Mapping[str, ExpressionText] = field(default_factory=dict)
    turns: ExpressionText | None = None


@dataclass(frozen=True, slots=True)
class Chaining:
    """`compose:`: which environments are chained, how many an episode has, and how one follows another.

    `switch` is the probability that an intent is raised before the one before it has been answered; `repeat` lets an
    environment come more than once; `says` announces an intent (`part` is its number).
    """

    of: tuple[Reference, ...]
    count: ExpressionText
    span: Span
    switch: ExpressionText | None = None
    says: TemplateText | None = None
    repeat: bool = False


@dataclass(frozen=True, slots=True)
class Chain:
    """`kind: Environment` with `compose:`: several environments in one conversation."""

    name: Name
    title: Text
    compose: Chaining
    reward: ExpressionText
    correct_when: ExpressionText
    span: Span
    brief: TemplateText | None = None
    axes: Mapping[str, Axis] = field(default_factory=dict)
    turns: ExpressionText | None = None


@dataclass(frozen=True, slots=True)
class Definition:
    """A formula with a name, `suits(p, weights): …`; it is put in the place of each use."""

    name: Name
    parameters: tuple[Name, ...]
    body: ExpressionText
    span: Span


# Policy -------------------------------------------------------------------------------------------------------------

PolicyType = Literal["bool", "enum", "money", "days", "percent", "number", "text"]


@dataclass(frozen=True, slots=True)
class PolicyFact:
    """Something that rules may look at. `low` and `high` are its bounds, both included: cents, days, hundredths of a
    percent or whole numbers, by `type`. `since` names the event that a number of days counts from, `unit` is what a number
    counts, as rules may write behind it (`24 items`)."""

    name: Name
    type: PolicyType
    span: Span
    values: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    since: Name | None = None
    phrase: TemplateText | None = None
    denied: TemplateText | None = None
    says: TemplateText | None = None
    denies: TemplateText | None = None
    ask: TemplateText | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    unit: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyDecision:
    """Something that the rules decide; `noun` names it in a sentence, `ask` is how a shopper asks for it."""

    name: Name
    type: PolicyType
    span: Span
    values: tuple[str, ...] = ()
    noun: TemplateText | None = None
    ask: TemplateText | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    unit: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Governed:
    """What a tool asks of the policy: whether it may, and what it costs."""

    name: Name
    span: Span
    allow: Name | None = None
    fee: Name | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """`kind: Policy`: facts, decisions and the rules between them; `conduct` rules say how an agent acts."""

    name: Name
    facts: Mapping[str, PolicyFact]
    decisions: Mapping[str, PolicyDecision]
    rules: BlockText
    span: Span
    bind: Mapping[str, ExpressionText] = field(default_factory=dict)
    assume: tuple[Text, ...] = ()
    governs: Mapping[str, Governed] = field(default_factory=dict)
    conduct: BlockText | None = None
    passages: Mapping[str, Text] = field(default_factory=dict)


# Collection ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Curriculum:
    """When the window of levels moves (RLVE): after `trials` outcomes at its high end, by pass rate."""

    promote_at: float = 0.9
    trials: int = 32
    window: int = 4
    start: int = 0


@dataclass(frozen=True, slots=True)
class Training:
    """What to train with. `settings` are checked by `rlve_dsl.train`; a profile's entries override them."""

    settings: Raw
    span: Span


@dataclass(frozen=True, slots=True)
class Collection:
    """`kind: Collection`: environments with the parts they share.

    `curves` replaces an axis's curve (`omission`, or `cart.items` for a local axis); `levels` has an axis follow a level
    of its own instead of the shared one.
    """

    name: Name
    environments: tuple[Reference, ...]
    catalog: Reference
    axes: Reference
    reward: Reference
    user: Reference
    span: Span
    policy: Reference | None = None
    curves: Mapping[str, ExpressionText] = field(default_factory=dict)
    levels: Mapping[str, int] = field(default_factory=dict)
    curriculum: Curriculum = Curriculum()
    train: Training | None = None


Kind = Axes | Reward | Catalog | User | Policy | Environment | Chain | Collection
