"""The network of `rlve_dsl/user/understanding/network.py` in torch, for training. Its parameters have the same names.

Belongs here: the network and its loss. Does not belong here: messages and facts as numbers, the loop of training.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from rlve_dsl.user.understanding.facts_read import ASKED_FIELDS, ASKS, FIELDS, TRAITS, VALUES
from rlve_dsl.user.understanding.hints import HINTS
from rlve_dsl.user.understanding.likeness import COVERED, NUMBERS
from rlve_dsl.user.understanding.meanings import SIZE
from rlve_dsl.user.understanding.network import ATTENDS_AFTER, KINDS, LEAST, MOST_CLAIMED
from rlve_dsl.user.understanding.weights import AROUND, CLAIMS, DILATIONS

_HEADS = 2
_DROPPED = 0.08
_FAR = -1e4
_KINDS_COUNT = 0.5  # how much what else a message may be counts beside the facts
Batch = dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large a network is.

    Attributes:
        width: Of a token in its message.
        shared: Of what tokens and the texts of facts are compared by.
        fits: Of how a token fits a fact.
        told: Of what a message tells of a fact.
    """

    width: int
    shared: int
    fits: int
    told: int


SIZES = (Sizes(80, 64, 48, 64), Sizes(128, 96, 96, 128))
"""How large the shipped networks are."""


class Network(nn.Module):
    """The network.

    Args:
        known: How many words it knows by themselves.
        sizes: How large it is.
    """

    def __init__(self, known: int, sizes: Sizes) -> None:
        super().__init__()
        width, self.shared, fits, told = astuple(sizes)
        self.words = nn.Embedding(known, width)
        nn.init.normal_(self.words.weight, std=0.3)
        self.meanings = nn.Linear(SIZE, width, bias=False)
        self.token_norm = nn.LayerNorm(width)
        self.layers = nn.ModuleList(nn.Linear(3 * width, width) for _ in DILATIONS)
        self.layer_norms = nn.ModuleList(nn.LayerNorm(width) for _ in DILATIONS)
        self.attend, self.attended = nn.Linear(width, 3 * self.shared), nn.Linear(self.shared, width)
        self.attend_norm, self.heard_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.alike, self.meant = (nn.Linear(width, self.shared, bias=False) for _ in range(2))
        self.text = nn.Linear(3 * width, self.shared)
        self.facts = nn.Linear(TRAITS + 2 * self.shared, fits)
        self.token = nn.Linear(2 * width, fits)
        self.numbers = nn.Linear(NUMBERS + 2 * FIELDS + 2, fits, bias=False)
        self.described = nn.Linear(fits, fits, bias=False)
        self.beside = nn.Linear(len(AROUND) * fits, fits)
        self.claims = nn.Linear(fits, CLAIMS)
        self.claimed = nn.Linear(fits + CLAIMS, fits)
        self.weights = nn.Linear(fits, _HEADS, bias=False)
        self.told = nn.Linear((_HEADS + 1) * fits + COVERED + TRAITS, told)
        self.message = nn.Linear(2 * width + HINTS, told)
        self.compared, self.asked = nn.Linear(3 * told, told), nn.Linear(told, 1)
        nn.init.constant_(self.asked.bias, -2.0)
        self.kind, self.kinds = nn.Linear(3 * told, told), nn.Linear(told, len(KINDS))
        self.dropped = nn.Dropout(_DROPPED)

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """For each message and fact, and for each message and kind, how likely it is, as a logit."""
        each = self.token_norm(self.words(batch["known"]) + self.meanings(batch["vectors"])) * batch["is_word"][:, None]
        own = each[batch["tokens"]]
        there = batch["is_token"][..., None]
        heard = self._heard(own, there)
        highest = (heard + (there - 1) * -_FAR).amax(1)
        whole = torch.cat([heard.sum(1) / there.sum(1).clamp(min=1), highest, batch["hints"]], -1)
        message = self.dropped(functional.relu(self.message(whole)))
        alike, meant, means = self._compared(own, heard, each, batch)
        fits = self._fits(own, heard, alike, meant, means, batch)
        told = self._told(fits, batch)
        rivals = (told[:, None] * batch["others"][..., None]).amax(2)
        messages = message[:, None].expand(-1, told.shape[1], -1)
        compared = functional.relu(self.compared(torch.cat([told, rivals, messages], -1)))
        asked = self.asked(self.dropped(compared))[..., 0]
        is_fact = batch["is_fact"][..., None]
        together = torch.cat([message, (told * is_fact).amax(1), (told * is_fact).sum(1) / is_fact.sum(1)], -1)
        return asked, self.kinds(functional.relu(self.kind(together)))

    def _heard(self, own: Tensor, there: Tensor) -> Tensor:
        heard = self.dropped(own)
        for layer, (linear, norm) in enumerate(zip(self.layers, self.layer_norms, strict=True)):
            rows = norm(heard) * there
            far = DILATIONS[layer]
            heard = heard + self.dropped(functional.relu(linear(_around(rows, (-far, 0, far)))))
            if layer == ATTENDS_AFTER:
                query, key, value = self.attend(self.attend_norm(heard)).split(self.shared, -1)
                shares = (query @ key.transpose(1, 2)) * self.shared**-0.5 + (there.transpose(1, 2) - 1) * -_FAR
                heard = heard + self.dropped(self.attended(shares.softmax(-1) @ value))
            heard = heard * there
        return self.heard_norm(heard) * there

    def _compared(self, own: Tensor, heard: Tensor, each: Tensor, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """For each token, fact and field the likeness of the best word, by itself and in its place; the meaning of each text."""
        words = each[batch["text_words"]]  # each word of a text between the words beside it
        in_text = functional.pad(self.text(words.flatten(1)), (0, 0, 1, 0))
        alone = functional.pad(functional.normalize(self.alike(words[:, 1]), dim=-1), (0, 0, 1, 0))
        is_text = batch["is_text_word"]
        messages, texts, longest = batch["texts"].shape
        found = []
        for tokens, of in (
            (functional.normalize(self.alike(own), dim=-1), alone),
            (self.meant(heard) * self.shared**-0.5, in_text),
        ):
            rows = of[batch["texts"]].reshape(messages, texts * longest, self.shared)
            likeness = (tokens @ rows.transpose(1, 2)).reshape(messages, -1, texts, longest)
            best = (likeness + (is_text[:, None] - 1) * -_FAR).amax(-1) * is_text.amax(-1)[:, None]
            facts = batch["fields"].shape[1]
            places = batch["fields"].reshape(messages, 1, facts * FIELDS).expand(-1, best.shape[1], -1)
            found.append(best.gather(2, places).reshape(messages, -1, facts, FIELDS))
        counts = is_text.sum(2, keepdim=True).clamp(min=1)
        means = in_text[batch["texts"]].sum(2) / counts
        return found[0], found[1], means

    def _fits(self, own: Tensor, heard: Tensor, alike: Tensor, meant: Tensor, means: Tensor, batch: Batch) -> Tensor:
        """For each fact how each token fits it."""
        best = torch.stack([rows[..., :ASKED_FIELDS].amax(-1) for rows in (alike, meant)], -1)
        others = batch["others"][:, None, :, :, None]
        margins = best - (best[:, :, None] + (others - 1) * -_FAR).amax(3).clamp(min=LEAST)
        size = (-1, batch["fields"].shape[1], self.shared)
        asks, values = (means.gather(1, batch["fields"][:, :, field, None].expand(*size)) for field in (ASKS, VALUES))
        described = functional.relu(self.facts(torch.cat([batch["traits"], asks, values], -1)))
        numbers = self.numbers(torch.cat([batch["numbers"], alike, meant, margins], -1))
        each = self.token(torch.cat([heard, own], -1))[:, :, None] + numbers + self.described(described)[:, None]
        fits = self.dropped(functional.relu(each)).transpose(1, 2) * batch["is_token"][:, None, :, None]
        fits = fits + functional.relu(self.beside(_around(fits, AROUND)))
        claims = _margins(self.claims(fits), batch["others"])
        return fits + functional.relu(self.claimed(torch.cat([fits, claims], -1)))

    def _told(self, fits: Tensor, batch: Batch) -> Tensor:
        """What the message as a whole tells of each fact."""
        away = (batch["is_token"][:, None, :, None] - 1) * -_FAR
        shares = (self.weights(fits) + away).softmax(2)
        pooled = (shares.transpose(2, 3) @ fits).flatten(2)
        rows = [pooled, (fits + away).amax(2).clamp(min=0), batch["covered"], batch["traits"]]
        return self.dropped(functional.relu(self.told(torch.cat(rows, -1))))


def loss_of(asked: Tensor, kinds: Tensor, batch: Batch) -> Tensor:
    """How far it is from the labels."""
    facts = functional.binary_cross_entropy_with_logits(asked, batch["asked"], reduction="none") * batch["is_known"]
    labels = batch["kinds"]
    others = functional.binary_cross_entropy_with_logits(kinds, labels.clamp(min=0), reduction="none") * (labels >= 0)
    return (facts.sum(1) + _KINDS_COUNT * others.sum(1)).mean()


def _margins(claims: Tensor, others: Tensor) -> Tensor:
    """By how much each fact claims each token more than all facts of other names together, or than nothing does, as a logit.

    Args:
        claims: For each message, fact, token and head how much the fact claims the token.
        others: For each message, fact and other fact 1 where their names differ.
    """
    claims = claims.clamp(-MOST_CLAIMED, MOST_CLAIMED)
    highest = claims.amax(1, keepdim=True).clamp(min=0).detach()
    shares = (claims - highest).exp()
    rest = (others @ shares.flatten(2)).reshape(shares.shape) + (-highest).exp()
    return claims - highest - rest.log()


def _around(rows: Tensor, far: Sequence[int]) -> Tensor:
    """For each row those that stand so far before or after it, in one."""
    count, edge = rows.shape[-2], max(far)
    padded = functional.pad(rows, (0, 0, edge, edge))
    return torch.cat([padded[..., edge + of : edge + of + count, :] for of in far], -1)
