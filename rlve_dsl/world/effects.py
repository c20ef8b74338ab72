"""What can change in a world, as facts in the past tense, and the journal that keeps them.

Belongs here: the nouns. What they do to a state is `State.apply`; who may record them is a tool or an event.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Effect:
    """The root of all effects. `name` is what traces call it; `tangible` says whether a shopper would see progress in it."""

    name: ClassVar[str] = ""
    tangible: ClassVar[bool] = True

    def as_json(self) -> dict[str, Any]:
        """The effect as JSON-ready values: its name under `effect`, then its fields."""
        out: dict[str, Any] = {"effect": self.name}
        for field in fields(self):
            value = getattr(self, field.name)
            out[field.name] = list(value) if isinstance(value, tuple) else value
        return out


@dataclass(frozen=True, slots=True)
class LineAdded(Effect):
    """A cart line came to be; `label` is the variant's."""

    name: ClassVar[str] = "line_added"
    line_id: str
    product_id: str
    variant_id: str | None
    label: str | None
    qty: int


@dataclass(frozen=True, slots=True)
class LineRemoved(Effect):
    """A cart line is gone; its id is never used again."""

    name: ClassVar[str] = "line_removed"
    line_id: str


@dataclass(frozen=True, slots=True)
class QuantitySet(Effect):
    """A cart line now holds this many."""

    name: ClassVar[str] = "quantity_set"
    line_id: str
    qty: int


@dataclass(frozen=True, slots=True)
class WentOutOfStock(Effect):
    """A product can no longer be bought; lines that hold it stay and say so."""

    name: ClassVar[str] = "went_out_of_stock"
    tangible: ClassVar[bool] = False
    product_id: str


@dataclass(frozen=True, slots=True)
class RowsDisplaced(Effect):
    """A search of `query` (its canonical text) left these products out; the next search of it must not."""

    name: ClassVar[str] = "rows_displaced"
    tangible: ClassVar[bool] = False
    query: str
    product_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OrderPlaced(Effect):
    """What the cart held has been ordered, and the cart is empty; `fee` is what shipping costs, in cents."""

    name: ClassVar[str] = "order_placed"
    order_id: str
    shipping: str
    is_gift: bool
    fee: int


@dataclass(frozen=True, slots=True)
class ReturnStarted(Effect):
    """A line of an order is on its way back, under the store's number `case`; `fee` and `refund` are in cents."""

    name: ClassVar[str] = "return_started"
    order_id: str
    line_id: str
    case: str
    reason: str
    method: str
    fee: int
    refund: int


@dataclass(frozen=True, slots=True)
class ExchangeStarted(Effect):
    """A product is on its way in place of a returned line; `label` is the variant's."""

    name: ClassVar[str] = "exchange_started"
    order_id: str
    line_id: str
    product_id: str
    variant_id: str | None
    label: str | None


EFFECTS: Mapping[str, type[Effect]] = {
    kind.name: kind
    for kind in (
        LineAdded, LineRemoved, QuantitySet, WentOutOfStock, RowsDisplaced, OrderPlaced, ReturnStarted, ExchangeStarted,
    )
}  # fmt: skip


def effect_from_json(data: Mapping[str, Any]) -> Effect:
    """The effect that `as_json` wrote.

    >>> effect_from_json(QuantitySet("L1", 3).as_json())
    QuantitySet(line_id='L1', qty=3)
    """
    given = {name: tuple(v) if isinstance(v, list) else v for name, v in data.items() if name != "effect"}
    return EFFECTS[data["effect"]](**given)


class Journal:
    """Everything that happened to a world, in order; it only grows."""

    __slots__ = ("_effects",)

    def __init__(self) -> None:
        self._effects: list[Effect] = []

    def append(self, effect: Effect) -> None:
        """The journal is longer by one."""
        self._effects.append(effect)

    def since(self, length: int) -> tuple[Effect, ...]:
        """What was recorded after the journal was this long."""
        return tuple(self._effects[length:])

    def as_json(self) -> list[dict[str, Any]]:
        """All effects as JSON-ready values."""
        return [effect.as_json() for effect in self._effects]

    def __len__(self) -> int:
        return len(self._effects)

    def __iter__(self) -> Iterator[Effect]:
        return iter(self._effects)

    def __getitem__(self, index: int) -> Effect:
        return self._effects[index]
