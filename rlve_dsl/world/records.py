"""Building records from others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar, cast

from rlve_dsl.catalog import Product

Fields = TypeVar("Fields")


def pick(kind: type[Fields], source: Mapping[str, object] | Product, **more: object) -> Fields:
    """A TypedDict of this kind: each field from `more`, or else from `source`.

    >>> from rlve_dsl.world.orders import Customer
    >>> pick(Customer, {"tier": "basic", "since": 2020}, verified=True)
    {'tier': 'basic', 'verified': True}
    """
    return cast(Fields, {name: more[name] if name in more else source[name] for name in kind.__annotations__})
