"""The state of a world: a fold over its journal.

Belongs here: what holds now and how each effect changes it. Nothing here draws, refuses or speaks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict

from rlve_dsl.catalog import Catalog, Product, Variant
from rlve_dsl.rules.types import Cents, LineId, ProductId, Type, VariantId, type_of
from rlve_dsl.world.effects import Effect, LineAdded, LineRemoved, QuantitySet, RowsDisplaced, WentOutOfStock


class CartLine(TypedDict):
    """A line of the cart; `price` is for one unit, `label` names the variant."""

    line_id: LineId
    product_id: ProductId
    variant_id: VariantId | None
    label: str | None
    short_name: str
    qty: int
    price: Cents
    in_stock: bool


class State:
    """What holds in a world now. Only `apply` changes it; what it hands out is never changed afterwards.

    `provided` holds what samplers prepared for tools, by slot; it is fixed when an episode begins.
    """

    __slots__ = ("_displaced", "_lines", "_opened", "catalog", "gone", "provided")

    def __init__(self, catalog: Catalog, provided: Mapping[str, Any]) -> None:
        self.catalog = catalog
        self.provided = provided
        self.gone: frozenset[str] = frozenset()
        self._lines: dict[str, CartLine] = {}
        self._opened = 0
        self._displaced: dict[str, frozenset[str]] = {}

    @property
    def cart(self) -> list[CartLine]:
        """The lines of the cart in the order in which they were added."""
        return list(self._lines.values())

    @property
    def next_line_id(self) -> str:
        """The id that the next new line will have."""
        return f"L{self._opened + 1}"

    def line(self, line_id: str) -> CartLine | None:
        """The line with this id, or None."""
        return self._lines.get(line_id)

    def in_stock(self, product: Product) -> bool:
        """Whether the product can be bought now."""
        return bool(product["in_stock"]) and product["id"] not in self.gone

    def variants(self, product: Product) -> tuple[Variant, ...]:
        """The options a product comes in: what this episode's world decided, else what the catalog says."""
        offers = self.provided.get("offers")
        if offers is not None and (offered := offers.get(product["id"])) is not None:
            return tuple(offered)
        return self.catalog.variants(product.row)

    def displaced(self, query: str) -> frozenset[str]:
        """The products that the last search of this query left out."""
        return self._displaced.get(query, frozenset())

    def apply(self, effect: Effect) -> None:
        """The effect has happened. A TypeError for one that no state knows is a programmer's mistake."""
        match effect:
            case LineAdded():
                self._opened += 1
                self._lines[effect.line_id] = self._line_of(effect)
            case QuantitySet(line_id, qty):
                self._lines[line_id] = {**self._lines[line_id], "qty": qty}
            case LineRemoved(line_id):
                del self._lines[line_id]
            case WentOutOfStock(product_id):
                self.gone |= {product_id}
                for line_id, line in self._lines.items():
                    if line["product_id"] == product_id:
                        self._lines[line_id] = {**line, "in_stock": False}
            case RowsDisplaced(query, product_ids):
                self._displaced[query] = frozenset(product_ids)
            case _:
                raise TypeError(f"no state knows {effect!r}")

    def _line_of(self, effect: LineAdded) -> CartLine:
        row = self.catalog.row_of(effect.product_id)
        assert row is not None, "a line is only added for a product that the tool found"
        product = self.catalog.product(row)
        return {
            "line_id": effect.line_id,
            "product_id": effect.product_id,
            "variant_id": effect.variant_id,
            "label": effect.label,
            "short_name": product["short_name"],
            "qty": effect.qty,
            "price": product["price"],
            "in_stock": self.in_stock(product),
        }

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, State):
            return NotImplemented
        return (
            self.catalog.digest == other.catalog.digest
            and list(self._lines.items()) == list(other._lines.items())
            and (self._opened, self.gone, self._displaced) == (other._opened, other.gone, other._displaced)
        )

    __hash__ = None  # type: ignore[assignment]  # it changes


def replay(journal: Iterable[Effect], catalog: Catalog, provided: Mapping[str, Any]) -> State:
    """The state that a journal leads to."""
    state = State(catalog, provided)
    for effect in journal:
        state.apply(effect)
    return state


STATE: Mapping[str, Type] = {"cart": type_of(Sequence[CartLine])}
"""What an expression about an outcome may read of a state, by name; each is an attribute of `State`."""
