"""Effects: what happened to an entity of a world. A state is what its effects, in order, make of the tables at the start."""

from __future__ import annotations

from collections.abc import Mapping

from rlve_dsl.catalog import PRODUCT, Product
from rlve_dsl.expressions.types import ListOf, Record, Type, required
from rlve_dsl.frozen import frozen
from rlve_dsl.values import ATOMS, Json, JsonObject, Value
from rlve_dsl.world.kind import Kind
from rlve_dsl.world.state import State
from rlve_dsl.world.tables import How, Row

EFFECT = "entity_changed"
"""What trajectories call an effect."""


@frozen
class Effect:
    """An entity changed. Tools and events record effects with the methods of `Shop`.

    Attributes:
        how: `set` gives a field another value, `add` adds to it, `append` puts an item at the end of its list; `create` makes an
            entity with the row `value`, and `remove` takes one away.
        entity: The kind of entity.
        key: Its id.
        field: The field; empty for `create` and `remove`.
        value: The value, in the form of the language: money in cents.
    """

    how: How
    entity: str
    key: str
    field: str
    value: Json

    def apply(self, state: State) -> None:
        """Change a state as the effect does."""
        value = self.value
        if self.how == "create" and (kind := state.tables.kinds[self.entity]).holds_products:
            value = _with_products(value, kind.record, state)
        state.tables = state.tables.changed(self.how, self.entity, self.key, self.field, value)

    def as_json(self) -> JsonObject:
        """The effect as JSON data. A product is written as its id."""
        return {
            "effect": EFFECT, "how": self.how, "entity": self.entity, "key": self.key, "field": self.field,
            "value": _written(self.value),
        }  # fmt: skip


def created(kind: Kind, key: str, row: Row) -> Effect:
    """The effect that makes an entity with this row."""
    return Effect("create", kind.name, key, "", _written(row) if kind.holds_products else row)


def effect_from_json(data: Mapping[str, Json]) -> Effect:
    """The effect that `as_json` wrote.

    >>> effect_from_json(Effect("set", "cart_line", "L1", "qty", 3).as_json())
    Effect(how='set', entity='cart_line', key='L1', field='qty', value=3)
    """
    how, entity, key, field = (str(data[name]) for name in ("how", "entity", "key", "field"))
    return Effect(how, entity, key, field, _written(data["value"]))  # type: ignore[arg-type]  # one of the words of `How`


def _written(value: Value) -> Json:
    """A copy of a value as JSON data."""
    if type(value) is dict:
        if ATOMS.issuperset(map(type, value.values())):  # as nearly all are
            return value.copy()
        return {name: _written(part) for name, part in value.items()}
    if isinstance(value, Product):
        return str(value["id"])
    return [_written(part) for part in value] if type(value) is list else value


def _with_products(value: Value, type_: Type, state: State) -> Value:
    """The value with the products whose ids stand for them."""
    match required(type_):
        case Record(fields=fields) as record:
            if record == PRODUCT:
                return state.product(value) if isinstance(value, str) else value
            return {name: _with_products(value[name], of, state) for name, of in fields}
        case ListOf(item=item):
            return [_with_products(part, item, state) for part in value]
    return value
