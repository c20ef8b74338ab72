"""A key-value cache whose rows are slots: each is filled from its left, at its own speed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


class SlotCache:
    """What a transformers model takes for `past_key_values`. Call `place` before each forward pass.

    Padding is written behind the last place of a slot, which nothing reads.
    """

    is_compileable = False

    def __init__(self, slots: int, places: int) -> None:
        self._slots = slots
        self._places = places
        self._keys: dict[int, Tensor] = {}
        self._values: dict[int, Tensor] = {}

    def place(self, slots: Sequence[int], positions: Tensor, real: Tensor, longest: int) -> None:
        """Say where the tokens of the next forward pass belong.

        Args:
            slots: The slot of each row.
            positions: The place of each token in its slot.
            real: Which tokens are no padding.
            longest: How many places of the slots are read.
        """
        import torch

        self._rows = torch.tensor(slots, device=positions.device)
        # rows that are neighbours in the cache are read without a copy
        first, last = min(slots), max(slots)
        self._slice = slice(first, last + 1) if list(slots) == list(range(first, last + 1)) else None
        self._columns = torch.where(real, positions, self._places)
        self._longest = longest

    def update(self, keys: Tensor, values: Tensor, layer_idx: int, *_: object, **__: object) -> tuple[Tensor, Tensor]:
        """Keep new keys and values of shape (rows, heads, tokens, size), and return all of these rows."""
        if layer_idx not in self._keys:
            shape = (self._slots, self._places + 1, keys.shape[1], keys.shape[3])
            self._keys[layer_idx] = keys.new_zeros(shape)
            self._values[layer_idx] = values.new_zeros(shape)
        return self._kept(self._keys[layer_idx], keys), self._kept(self._values[layer_idx], values)

    def get_seq_length(self, layer_idx: int = 0) -> int:
        """Return how many places are read."""
        return self._longest

    def _kept(self, kept: Tensor, new: Tensor) -> Tensor:
        kept[self._rows[:, None], self._columns] = new.transpose(1, 2)
        rows = self._rows if self._slice is None else self._slice
        return kept[rows, : self._longest].transpose(1, 2)
