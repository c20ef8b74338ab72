"""Texts of about one size together, so that few operations find the best word of each.

Belongs here: the order of texts and words. Does not belong here: what a text says, how like words are.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.frozen import frozen

Ints = NDArray[np.int64]

LONGEST = 24
"""Words of a text that are read."""
_SIZES = (0, 2, 4, 8, 16, LONGEST)  # of the texts of a block


@frozen
class Blocks:
    """Texts by their size, so that few operations find the best word of each.

    A block has texts of about one size: their first words, then their second words, and so on. A shorter text has its last word again.

    Attributes:
        places: For each word of each block its place in `texts` of the facts.
        words: The same words by their places in `words` of the facts.
        sizes: For each block how many words each of its texts has, and how many texts there are.
        fields: For each field and fact its text in the order of the blocks, counted from 1; 0 for none.
    """

    places: Ints
    words: Ints
    sizes: tuple[tuple[int, int], ...]
    fields: Ints


def blocks_of(lengths: Sequence[int], words: Ints, fields: Ints) -> Blocks:
    """Texts by their size.

    Args:
        lengths: How many words each text has; the first one has none, and none has more than `LONGEST`.
        words: The words of all texts one after another, each as its place among the different words.
        fields: For each fact the text of each field.
    """
    starts = np.cumsum([0, *lengths])
    order = [0]
    places: list[int] = []
    sizes: list[tuple[int, int]] = []
    for least, most in pairwise(_SIZES):
        own = [text for text, length in enumerate(lengths) if least < length <= most]
        places += [int(starts[text]) + min(place, lengths[text] - 1) for place in range(most) for text in own]
        sizes += [(most, len(own))] if own else []
        order += own
    of = np.array(places, dtype=np.int64)
    return Blocks(of, words[of], tuple(sizes), np.argsort(order)[fields.T])
