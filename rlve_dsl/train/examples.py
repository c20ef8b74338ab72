"""Conversations as tokens, and the loss of a model on a batch of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rlve_dsl.frozen import frozen
from rlve_dsl.train.chat import TemplateChat
from rlve_dsl.train.demonstrations import Segment

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel


@frozen
class Example:
    """A conversation as tokens. `written` is 1 where the model writes."""

    tokens: tuple[int, ...]
    written: tuple[int, ...]


def example(segments: Sequence[Segment], chat: TemplateChat, context_tokens: int) -> Example:
    """Return a conversation as tokens, cut to the context."""
    tokens: list[int] = []
    written: list[int] = []
    for segment in segments:
        ids = chat.tokens(segment.text)
        if segment.written:
            ids.append(chat.end)
        tokens += ids
        written += [int(segment.written)] * len(ids)
    return Example(tuple(tokens[:context_tokens]), tuple(written[:context_tokens]))


def batch_loss(
    model: PreTrainedModel,
    batch: Sequence[Example],
    *,
    pad: int,
    observed: float = 0.0,
) -> tuple[Tensor, float]:
    """Return the mean loss on what the model writes, and the share of it that it finds most likely; 0 where it writes nothing.

    Args:
        model: The model.
        batch: The examples.
        pad: The token that fills shorter examples up. It comes last, so that nothing attends to it.
        observed: The weight of what the model reads; what it writes has 1.
    """
    import torch

    width = max(len(e.tokens) for e in batch)
    ids = torch.tensor([[*e.tokens, *[pad] * (width - len(e.tokens))] for e in batch], device=model.device)
    real = torch.tensor([[1] * len(e.tokens) + [0] * (width - len(e.tokens)) for e in batch], device=model.device)
    written = torch.tensor([[*e.written, *[0] * (width - len(e.tokens))] for e in batch], device=model.device)[:, 1:]
    logits = model(input_ids=ids, use_cache=False).logits[:, :-1]
    target = ids[:, 1:]
    each = torch.nn.functional.cross_entropy(logits.flatten(0, 1).float(), target.flatten(), reduction="none")
    each = each.view(target.shape)
    weight = written + observed * (real[:, 1:] - written)
    hits = ((logits.argmax(-1) == target) * written).sum()
    return (each * weight).sum() / weight.sum().clamp(min=1), float(hits / written.sum().clamp(min=1))
