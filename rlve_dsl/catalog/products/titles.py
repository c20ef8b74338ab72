"""Titles and short names of products, put together when they are read: a large catalog could not hold them all."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Literal, TypeAlias

from rlve_dsl.catalog.products.columns import Columns
from rlve_dsl.catalog.products.string_table import NameTable
from rlve_dsl.catalog.products.taxonomy import LINE, Taxonomy, shortened
from rlve_dsl.expressions import show
from rlve_dsl.expressions.types import ANY

# for each placeholder the text before it, its slot and the words of the values there; and the text after the last one
_Recipe: TypeAlias = tuple[list[tuple[str, int, NameTable | Sequence[str]]], str]
_Which = Literal["title", "short_name"]


class Titles:
    """The titles and short names of the rows of a catalog."""

    def __init__(self, taxonomy: Taxonomy, columns: Columns) -> None:
        self._taxonomy = taxonomy
        self._columns = columns
        self._recipes: dict[tuple[_Which, int], _Recipe] = {}

    def title(self, row: int) -> str:
        """The store's title, which names the product line where the type has several."""
        if self._columns.titles is not None:
            return self._columns.titles[row]
        title = self._filled("title", row)
        line = self._taxonomy.kind_lines[self._columns.kind_code.item(row)]
        return f"{title}, {line} line" if line else title

    def short_name(self, row: int) -> str:
        """What a shopper calls the product."""
        if (titles := self._columns.titles) is not None:
            whole = self._columns.whole_names
            return titles[row].strip() if whole is not None and whole.item(row) else shortened(titles[row])
        return self._filled("short_name", row)

    def mention(self, row: int) -> str:
        """What a shopper calls the product whose short name has been said, such as `spice set`.

        These are the last words of the short name that are also those of the type's noun; empty when they would not save two
        words.
        """
        if self._columns.titles is not None:
            return ""
        product_type = self._taxonomy.types[self._columns.type_code.item(row)]
        end = _common_end(product_type.short_name[-1][0], product_type.noun)
        return end if len(self.short_name(row).split()) >= len(end.split()) + 2 else ""

    def _filled(self, which: _Which, row: int) -> str:
        columns = self._columns
        key = (which, columns.type_code.item(row))
        recipe = self._recipes.get(key) or self._recipes.setdefault(key, self._recipe(*key))
        codes = columns.slots[row].tolist()
        codes += (columns.kind_code.item(row), columns.brand_code.item(row))
        text = ""
        for before, slot, words in recipe[0]:
            text += before + words[codes[slot]]
        return text + recipe[1]

    def _recipe(self, which: _Which, type_code: int) -> _Recipe:
        """The pattern of a product type, for codes that end with those of the kind and the brand."""
        product_type = self._taxonomy.types[type_code]
        holes: list[tuple[str, int, NameTable | Sequence[str]]] = []
        before = ""
        for text, name in product_type.title if which == "title" else product_type.short_name:
            before += text
            if name == "noun":
                before += product_type.noun
            elif name == "brand":
                holes.append((before, -1, self._taxonomy.brands))
                before = ""
            elif name == LINE:
                holes.append((before, -2, self._taxonomy.kind_lines))
                before = ""
            elif name:
                slot = product_type.slot(name)
                holes.append((before, slot, [show(value, ANY) for value in product_type.attributes[slot].values]))
                before = ""
        return holes, before


@cache
def _common_end(text: str, noun: str) -> str:
    """The last words of both texts that are the same."""
    words: list[str] = []
    for one, other in zip(reversed(text.split()), reversed(noun.split()), strict=False):
        if one != other:
            break
        words.insert(0, one)
    return " ".join(words)
