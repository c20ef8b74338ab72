"""Turn generators: the model itself with a key-value cache over many live conversations, or vLLM."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rlve_dsl.agents import GeneratedTurn

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel


class CachedGenerator:
    """Samples from a transformers model. A key-value cache holds what it has read, so that each token is read once.

    All rows are generated side by side. They read different numbers of tokens, so the cache has gaps: these are masked, and
    positions are counted without them. The log-probabilities are those of a forward pass without a cache. `greedy` takes the
    most likely token instead of drawing one.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        *,
        end: int,
        pad: int,
        turn_tokens: int,
        temperature: float,
        greedy: bool,
        seed: int,
    ) -> None:
        import torch
        from transformers import DynamicCache

        self._model = model
        self._end, self._pad = end, pad
        self._turn_tokens = turn_tokens
        self._temperature = temperature
        self._greedy = greedy
        self._generator = torch.Generator(device=model.device).manual_seed(seed)
        self._cache = DynamicCache(config=model.config)
        self._rows: list[int] = []
        self._unread: dict[int, list[int]] = {}
        self._seen = self._tensor([])

    def generate(self, rows: Sequence[int], new_tokens: Sequence[Sequence[int]]) -> list[GeneratedTurn]:
        """See `TurnGenerator`."""
        import torch

        was_training = self._model.training
        self._model.train(False)
        try:
            with torch.inference_mode():
                return self._sample(rows, new_tokens)
        finally:
            self._model.train(was_training)

    def _sample(self, rows: Sequence[int], new_tokens: Sequence[Sequence[int]]) -> list[GeneratedTurn]:
        import torch

        self._keep(rows)
        # The last token of a row's turn was sampled but not read yet: it comes before the new tokens.
        unread = [[*self._unread[row], *tokens] for row, tokens in zip(rows, new_tokens, strict=True)]
        width = max(len(tokens) for tokens in unread)
        ids = self._tensor([[*tokens, *[self._pad] * (width - len(tokens))] for tokens in unread])
        real = self._tensor([[1] * len(tokens) + [0] * (width - len(tokens)) for tokens in unread])
        last = self._tensor([len(tokens) - 1 for tokens in unread])
        every = torch.arange(len(rows), device=ids.device)
        going = torch.ones_like(last, dtype=torch.bool)
        columns, scores = [], []
        for _ in range(self._turn_tokens):
            weights = torch.log_softmax(self._forward(ids, real)[every, last].float() / self._temperature, dim=-1)
            token = self._choose(weights)
            columns.append(torch.where(going, token, -1))
            scores.append(weights[every, token])
            going = going & (token != self._end)
            if not going.any():
                break
            ids, real, last = token.unsqueeze(1), going.long().unsqueeze(1), torch.zeros_like(last)
        turns = [
            GeneratedTurn(
                [token for token in tokens if token >= 0],
                [p for p, token in zip(row, tokens, strict=True) if token >= 0],
            )
            for tokens, row in zip(
                torch.stack(columns, dim=1).tolist(), torch.stack(scores, dim=1).tolist(), strict=True
            )
        ]
        self._unread = {row: turn.tokens[-1:] for row, turn in zip(rows, turns, strict=True)}
        return turns

    def _keep(self, rows: Sequence[int]) -> None:
        if not self._rows:
            self._seen = self._tensor([[] for _ in rows])
            self._unread = {row: [] for row in rows}
        elif list(rows) != self._rows:
            place = {row: i for i, row in enumerate(self._rows)}
            kept = self._tensor([place[row] for row in rows])
            self._cache.batch_select_indices(kept)
            self._seen = self._seen[kept]
        self._rows = list(rows)

    def _tensor(self, values: list[Any]) -> Tensor:
        import torch

        return torch.tensor(values, dtype=torch.long, device=self._model.device)

    def _forward(self, ids: Tensor, real: Tensor) -> Tensor:
        """Logits of shape (rows, tokens, vocabulary) for tokens that follow the cached ones; `real` masks padding."""
        import torch

        positions = (self._seen.sum(1, keepdim=True) + real.cumsum(1) - 1).clamp(min=0)
        self._seen = torch.cat([self._seen, real], dim=1)
        logits: Tensor = self._model(
            input_ids=ids,
            attention_mask=self._seen,
            position_ids=positions,
            past_key_values=self._cache,
            use_cache=True,
        ).logits
        return logits

    def _choose(self, weights: Tensor) -> Tensor:
        import torch

        if self._greedy:
            return weights.argmax(-1)
        return torch.multinomial(weights.exp(), 1, generator=self._generator).squeeze(1)


class VllmGenerator:
    """Generates with the vLLM engine of a GRPO trainer. The caller keeps its weights equal to the model's.

    vLLM caches the prefixes that it has seen, so the whole conversation is sent each turn.
    """

    def __init__(self, trainer: Any, *, greedy: bool) -> None:
        self._engine = trainer.vllm_generation
        self._temperature = 0.0 if greedy else trainer.temperature
        self._read: dict[int, list[int]] = {}

    def generate(self, rows: Sequence[int], new_tokens: Sequence[Sequence[int]]) -> list[GeneratedTurn]:
        """See `TurnGenerator`."""
        for row, tokens in zip(rows, new_tokens, strict=True):
            self._read.setdefault(row, []).extend(tokens)
        usual, self._engine.temperature = self._engine.temperature, self._temperature
        try:
            _, written, logprobs, _ = self._engine.generate(
                prompts=[self._read[row] for row in rows], images=None, num_generations=1
            )
        finally:
            self._engine.temperature = usual
        turns = [
            GeneratedTurn(list(tokens), [p[0] for p in row]) for tokens, row in zip(written, logprobs, strict=True)
        ]
        for row, turn in zip(rows, turns, strict=True):
            self._read[row].extend(turn.tokens)
        return turns
