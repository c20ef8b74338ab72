"""The warm start: supervised training on demonstrations, in which the model learns the form of messages and calls."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rlve_dsl.files import WarmStart
from rlve_dsl.rng import Stream
from rlve_dsl.train.examples import Example, batch_loss

if TYPE_CHECKING:
    from transformers import PreTrainedModel


class Progress(NamedTuple):
    """The progress of a warm start after an optimizer step. Loss and accuracy are those of the tokens that it writes."""

    step: int
    steps: int
    loss: float
    accuracy: float


def batches(examples: Sequence[Example], batch: int, passes: float, stream: Stream) -> Iterator[list[Example]]:
    """Yield `len(examples) * passes / batch` batches of about equally long examples, in random order.

    Each pass shows every example once; the last one may be cut short.
    """
    left = round(len(examples) * passes / batch)
    while left > 0:
        order = stream.shuffled(range(len(examples)))
        # Sorted within chunks of eight batches: little padding, and yet other batches in every pass.
        chunks = [order[i : i + 8 * batch] for i in range(0, len(order), 8 * batch)]
        ordered = [i for chunk in chunks for i in sorted(chunk, key=lambda i: len(examples[i].tokens))]
        groups = [ordered[i : i + batch] for i in range(0, len(ordered), batch)]
        for group in stream.shuffled(groups)[:left]:
            left -= 1
            yield [examples[i] for i in group]


def train_on(
    model: PreTrainedModel,
    examples: Sequence[Example],
    settings: WarmStart,
    *,
    pad: int,
    stream: Stream,
    beside: Callable[[], Example] | None = None,
) -> Iterator[Progress]:
    """Train the model in place and yield after each optimizer step. Nothing happens until it is iterated.

    Args:
        model: The model.
        examples: The demonstrations.
        settings: The settings of the warm start.
        pad: The token that fills shorter examples up.
        stream: Decides the order of the examples.
        beside: Makes sequences to copy, of which some are beside the examples in each batch.
    """
    import torch

    if not examples:
        return
    steps = len(list(batches(examples, settings.batch, settings.passes, stream.child("order"))))
    optimizer = torch.optim.AdamW(
        [p for p in model.parameters() if p.requires_grad],
        lr=settings.learning_rate,
        betas=(0.9, 0.98),
        weight_decay=0.01,
    )
    model.train()
    for step, batch in enumerate(batches(examples, settings.batch, settings.passes, stream.child("order"))):
        for group in optimizer.param_groups:
            group["lr"] = settings.learning_rate * _schedule(step, steps)
        loss, accuracy = batch_loss(model, batch, pad=pad, observed=settings.observed)
        torch.autograd.backward(loss)
        if beside is not None and (more := round(settings.copying.beside * len(batch))):
            torch.autograd.backward(batch_loss(model, [beside() for _ in range(more)], pad=pad)[0])
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        yield Progress(step + 1, steps, float(loss.detach()), accuracy)


def _schedule(step: int, steps: int) -> float:
    """The learning rate as a share of its peak: a linear rise over the first tenth, then a cosine down to a twentieth."""
    rise = max(1, steps // 10)
    if step < rise:
        return (step + 1) / rise
    return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * (step - rise) / max(1, steps - rise)))
