"""The things in an episode's store by id and name: those that a message may name, and those that a call is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from rlve_dsl.compiler import THING
from rlve_dsl.english import YOU
from rlve_dsl.expressions import python_name
from rlve_dsl.expressions.types import Id, ListOf, Type, required
from rlve_dsl.user import Thing
from rlve_dsl.values import Names, Value
from rlve_dsl.world import Kind, Shop, Tool, cart_in, named, order_in, orders_in


def things_in(shop: Shop, shown: Mapping[str, Iterable[str]]) -> list[Thing]:
    """The shopper's orders and their lines, the lines of the cart, and the products that the shopper has visited or tools have
    shown. A product that a line is about comes with the line. Of a domain, the entities that tools have shown.

    Args:
        shown: The ids that tools have shown or the user has said, by sort.
    """
    ordered = orders_in(shop.state)
    lines = [_of_order(shop, order["order_id"], line) for order in ordered for line in order["lines"]]
    lines += [_of_cart(shop, line) for line in cart_in(shop.state)]
    known = {line.product_id for line in lines}
    products = dict.fromkeys([*(product["id"] for product in shop.provided.get("visits", ())), *shown["product"]])
    orders = [Thing(order_id=order["order_id"]) for order in ordered]
    entities = [thing for sort in _own(shop) for id_ in shown[sort] for thing in _named_ways(shop, sort, id_)]
    return [*orders, *lines, *(_product(shop, id_) for id_ in products if id_ not in known), *entities]


def things_of_call(tool: Tool, shop: Shop, arguments: Mapping[str, Value]) -> list[Thing]:
    """What a call is about: the things whose ids it takes; without such, the lines of the order that it makes."""
    taken = [
        (sort, id_)
        for parameter in tool.signature.parameters
        for sort, id_ in _ids_in(arguments.get(python_name(parameter.name)), parameter.type)
    ]
    if not taken:
        about: Names = tool.about(shop, arguments) if tool.about is not None else {}
        order = about.get("order")
        return [Thing(line["short_name"], product_id=line["product_id"]) for line in order["lines"]] if order else []
    if entities := [_entity(shop, sort, id_) for sort, id_ in taken if sort in _own(shop)]:
        return entities
    orders = [id_ for sort, id_ in taken if sort == "order"]
    found = [_line(shop, id_, next(iter(orders), None)) for sort, id_ in taken if sort == "line"]
    found += [_product(shop, id_) for sort, id_ in taken if sort == "product"]
    return found or [Thing(order_id=id_) for id_ in orders]


def names_said(things: Sequence[Thing], kinds: Iterable[Kind]) -> tuple[str, ...]:
    """The names of things, as they are said to the user.

    The user is not named beside other things, and is "you" alone. Where two of the things may be the user, both are named.
    """
    users = {kind.key for kind in kinds if kind.is_user}
    own = [thing for thing in things if thing.entity is not None and thing.entity[0] in users]
    others = [thing for thing in things if len(own) != 1 or thing is not own[0]]
    names = dict.fromkeys(thing.name for thing in others if thing.name is not None)
    return tuple(names) if others or not own else (YOU,)


def _ids_in(value: Value, type_: Type) -> Iterator[tuple[str, str]]:
    """The ids of an argument, each with its sort: an id, or a list of ids."""
    of = required(type_)
    if isinstance(of, ListOf):
        for item in value or ():
            yield from _ids_in(item, of.item)
    elif isinstance(of, Id) and value is not None:
        yield of.of, str(value)


def names_of(thing: Thing) -> Names:
    """What expressions read of a thing."""
    known: Names = {name: getattr(thing, name) for name in THING}
    return known if thing.entity is None else {**known, thing.entity[0]: thing.entity[1]}


def _line(shop: Shop, line_id: str, order_id: str | None) -> Thing:
    """A line of an order or, without an order, of the cart; one that does not exist has an id and no name."""
    if order_id is None:
        line = cart_in(shop.state).at(line_id)
        return Thing(line_id=line_id) if line is None else _of_cart(shop, line)
    order = order_in(shop.state, order_id)
    lines = order["lines"] if order else []
    found = next((line for line in lines if line["line_id"] == line_id), None)
    return Thing(order_id=order_id, line_id=line_id) if found is None else _of_order(shop, order_id, found)


def _of_order(shop: Shop, order_id: str, line: Mapping[str, Value]) -> Thing:
    return _with_values(shop, Thing(line["short_name"], order_id, line["line_id"], line["product_id"]), line["label"])


def _of_cart(shop: Shop, line: Mapping[str, Value]) -> Thing:
    thing = Thing(line["short_name"], line_id=line["line_id"], product_id=line["product_id"])
    return _with_values(shop, thing, line["label"])


def _product(shop: Shop, id_: str) -> Thing:
    row = shop.catalog.row_of(id_)
    if row is None:
        return Thing(product_id=id_)
    return _with_values(shop, Thing(shop.catalog.product(row)["short_name"], product_id=id_))


def _with_values(shop: Shop, thing: Thing, bought: str | None = None) -> Thing:
    """A thing with the options of its product, and the words of what it is not; `bought` is the option of a line."""
    row = None if thing.product_id is None else shop.catalog.row_of(thing.product_id)
    if row is None:
        return thing
    options = tuple(variant["label"] for variant in shop.state.variants(shop.catalog.product(row)))
    own = (bought,) if bought is not None else options
    others, said = shop.catalog.table.other_words(row), {word for text in own for word in text.lower().split()}
    # without a word in common all things of the product share one set
    return replace(thing, others=others if others.isdisjoint(said) else others - said, options=options)


def _own(shop: Shop) -> dict[str, Kind]:
    """The kinds whose ids are of a sort of their own."""
    return {name: kind for name, kind in shop.state.tables.kinds.items() if kind.has_own_ids}


def _named_ways(shop: Shop, sort: str, id_: str) -> list[Thing]:
    """An entity of a domain by its name; one that people have no name for, by the names of what it is about: a loan by its book."""
    thing, tables = _entity(shop, sort, id_), shop.state.tables
    kind, row = tables.kinds[sort], tables.of(sort).at(id_)
    if thing.name is not None or row is None:
        return [thing]
    found = [thing]
    for name, type_ in kind.record.fields:
        of = required(type_)
        if name == kind.key or not isinstance(of, Id) or row[name] is None or of.of not in tables.kinds:
            continue
        other = _entity(shop, of.of, row[name])
        found += [Thing(other.name, entity=thing.entity)] if other.name is not None else []
    return found


def _entity(shop: Shop, sort: str, id_: str) -> Thing:
    """An entity of a domain; one that does not exist, or that people have no name for, has an id alone."""
    tables = shop.state.tables
    kind, row = tables.kinds[sort], tables.of(sort).at(id_)
    return Thing(None if row is None else named(kind, row), entity=(kind.key, id_))
