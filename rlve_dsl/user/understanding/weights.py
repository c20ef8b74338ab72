"""The weights of a network as they are computed with.

Belongs here: parts of weights, and what they are multiplied by once. Does not belong here: messages, files.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rlve_dsl.user.understanding.facts_read import TRAITS
from rlve_dsl.user.understanding.likeness import NUMBERS
from rlve_dsl.user.understanding.meanings import Numbers

DILATIONS = (1, 2, 4, 8)
"""How far the layers that read a message look to each side."""
AROUND = (-1, 0, 1, -3, 3)
"""Which tokens are looked at beside each token, for each fact."""
CLAIMS = 4
"""In how many ways each fact claims tokens for itself."""


def divided(weights: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """Weights as they are used: those of parts of a row are apart, the row's own part first, and factors are in them."""
    found = dict(weights)
    width, shared = weights["alike"].shape
    for name, far in (
        ("text", 3),
        ("beside", len(AROUND)),
        *((f"layers.{layer}", 3) for layer in range(len(DILATIONS))),
    ):
        parts = weights[name].reshape(far, -1, weights[name].shape[1])
        own = AROUND.index(0) if name == "beside" else 1
        found[name] = parts[[own, *(place for place in range(far) if place != own)]]
    found["tokens.layers.0"] = np.concatenate(found.pop("layers.0"), axis=1)
    found["tokens.layers.0.bias"] = np.pad(found.pop("layers.0.bias"), (0, 2 * width))
    found["token"], found["token.own"] = weights["token"][:width], weights["token"][width:]
    found["token.own.bias"] = weights["token.bias"]
    found["numbers"], found["numbers.compared"] = weights["numbers"][:NUMBERS], weights["numbers"][NUMBERS:]
    found["claimed"], found["claimed.claims"] = weights["claimed"][:-CLAIMS], weights["claimed"][-CLAIMS:]
    found["told"], found["told.traits"] = weights["told"][:-TRAITS], weights["told"][-TRAITS:]
    found["told.traits.bias"] = weights["told.bias"]
    found["compared"], found["compared.rivals"], found["compared.message"] = np.split(weights["compared"], 3)
    found["compared.message.bias"] = weights["compared.bias"]
    found["mean"] = np.full(width, 1 / width, dtype=np.float32)
    for name in (
        "token_norm",
        "attend_norm",
        "heard_norm",
        *(f"layer_norms.{layer}" for layer in range(len(DILATIONS))),
    ):
        found[name] = weights[name] * np.float32(width**0.5)
    fine = np.float32(shared**-0.5)
    found["meant"] = weights["meant"] * fine
    queries = np.where(np.arange(3 * shared) < shared, fine, np.float32(1))
    found["attend"], found["attend.bias"] = weights["attend"] * queries, weights["attend.bias"] * queries
    return {name: np.ascontiguousarray(of) for name, of in found.items()}
