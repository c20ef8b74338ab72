"""The sorts of entities: what their rows hold, how their ids look, and what people call one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from rlve_dsl.catalog import PRODUCT
from rlve_dsl.expressions import IsSound, Template, is_sound, mismatch
from rlve_dsl.expressions.types import NOTHING, Id, Keyed, ListOf, Optional, Record, Type, required, sorts_in
from rlve_dsl.frozen import frozen
from rlve_dsl.values import Value


@frozen
class Kind:
    """A sort of entity.

    Attributes:
        name: What a domain calls it; where its ids are of its own, also the sort of them.
        table: What its table is called in expressions.
        key: The field that holds its id.
        record: The type of a row.
        ids: How ids of new entities look. `A####`: they are drawn, `#` is a digit, and all digits are at the end. `A1`: they are
            numbered from there. Empty when whoever creates one gives the id.
        says: What people call one, over the fields of its row; None when it has no name.
        chosen: The fields with ids that an agent chooses when it makes one. Such an id must be one that tools have shown.
        hidden: Whether it is the memory of tools alone: no expression reads its table, and nobody sees that it changes.
        shown: Whether results may show a whole row, with all its fields.
        is_user: Whether the user is one of them, whom an agent calls "you".
        has_own_ids: Whether its ids are of a sort of their own, which has its name.
        needed: The fields that are always known.
        holds_products: Whether a row holds products of the catalog, which effects write as ids.
        chosen_ids: The fields `chosen`, each with its type and the sorts of its ids.
    """

    name: str
    table: str
    key: str
    record: Record
    ids: str = ""
    says: Template | None = field(default=None, compare=False)
    chosen: tuple[str, ...] = ()
    hidden: bool = False
    shown: bool = False
    is_user: bool = False
    has_own_ids: bool = field(init=False, compare=False)
    needed: frozenset[str] = field(init=False, compare=False)
    holds_products: bool = field(init=False, compare=False)
    chosen_ids: tuple[tuple[str, Type, frozenset[str]], ...] = field(init=False, repr=False, compare=False)
    _sound: Mapping[str, IsSound] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        fields = self.record.fields
        object.__setattr__(self, "has_own_ids", self.record.field(self.key) == Id(self.name))
        object.__setattr__(self, "needed", frozenset(name for name, of in fields if not isinstance(of, Optional)))
        object.__setattr__(self, "holds_products", _holds_products(self.record))
        chosen = ((name, self.record.field(name) or NOTHING) for name in self.chosen)
        object.__setattr__(self, "chosen_ids", tuple((name, of, frozenset(sorts_in(of))) for name, of in chosen))
        object.__setattr__(self, "_sound", {name: is_sound(of) for name, of in fields})

    def fault_of(self, name: str, value: Value) -> str:
        """How a value does not go into the field of this name, as the end of a sentence; empty when it does."""
        if self._sound[name](value):
            return ""
        return mismatch(value, self.record.field(name) or NOTHING)

    def fault_of_change(self, how: str, name: str, value: Value) -> str:
        """What is wrong with an effect on the field of this name, as a sentence; empty when nothing is."""
        match how:
            case "set":
                does, fault = f"sets `{name}` of an entity `{self.name}` to", self.fault_of(name, value)
            case "add":
                does, fault = f"adds to `{name}` of an entity `{self.name}`", self.fault_of(name, value)
            case "append":
                of = required(self.record.field(name) or NOTHING)
                fault = mismatch(value, of.item) if isinstance(of, ListOf) else ""
                does = f"appends to `{name}` of an entity `{self.name}`"
            case _:
                return ""
        return f"it {does} {fault}" if fault else ""

    @property
    def type(self) -> Keyed:
        """The type of its table."""
        return Keyed(self.record.field(self.key) or NOTHING, self.record)

    @property
    def is_numbered(self) -> bool:
        """Whether the ids of new entities are numbers in order, so that they say nothing but the order."""
        return self.ids != "" and "#" not in self.ids

    @property
    def noun(self) -> str:
        """What messages call it."""
        return self.name.replace("_", " ")


def _holds_products(type_: Type) -> bool:
    match required(type_):
        case Record(fields=fields) as record:
            return record == PRODUCT or any(_holds_products(of) for _, of in fields)
        case ListOf(item=item):
            return _holds_products(item)
    return False
