"""Who writes the model's turns: the model itself with a key-value cache over many live conversations, or vLLM."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rlve_dsl.train.rollout import Said


class CachedSpeaker:
    """Samples from a library model that keeps what it has read: each token is read once, for all rows side by side.

    Rows hear different numbers of tokens, so the cache has holes; they are masked, and positions are counted without
    them. The log-probabilities are those of a fresh forward pass. `greedy` takes the likeliest token instead of a draw.
    """

    def __init__(
        self, model: Any, *, end: int, pad: int, turn_tokens: int, temperature: float, greedy: bool, seed: int
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
        self._seen: Any = None

    def listen(self, rows: Sequence[int], heard: Sequence[Sequence[int]]) -> list[Said]:
        """See `rollout.Speaker`."""
        import torch

        was_training = self._model.training
        self._model.eval()
        try:
            with torch.inference_mode():
                said = self._speak(rows, heard)
        finally:
            self._model.train(was_training)
        return said

    def _speak(self, rows: Sequence[int], heard: Sequence[Sequence[int]]) -> list[Said]:
        import torch

        self._keep(rows)
        # The last token of a row's turn was sampled but never read: it comes before what is heard next.
        news = [[*self._unread[row], *tokens] for row, tokens in zip(rows, heard, strict=True)]
        width = max(len(tokens) for tokens in news)
        ids = self._tensor([[*tokens, *[self._pad] * (width - len(tokens))] for tokens in news])
        real = self._tensor([[1] * len(tokens) + [0] * (width - len(tokens)) for tokens in news])
        last = self._tensor([len(tokens) - 1 for tokens in news])
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
        said = [
            Said(
                [token for token in tokens if token >= 0],
                [p for p, token in zip(row, tokens, strict=True) if token >= 0],
            )
            for tokens, row in zip(
                torch.stack(columns, dim=1).tolist(), torch.stack(scores, dim=1).tolist(), strict=True
            )
        ]
        self._unread = {row: turn.tokens[-1:] for row, turn in zip(rows, said, strict=True)}
        return said

    def _keep(self, rows: Sequence[int]) -> None:
        if self._seen is None:
            self._seen = self._tensor([[] for _ in rows])
            self._unread = {row: [] for row in rows}
        elif list(rows) != self._rows:
            place = {row: i for i, row in enumerate(self._rows)}
            kept = self._tensor([place[row] for row in rows])
            self._cache.batch_select_indices(kept)
            self._seen = self._seen[kept]
        self._rows = list(rows)

    def _tensor(self, values: list[Any]) -> Any:
        import torch

        return torch.tensor(values, dtype=torch.long, device=self._model.device)

    def _forward(self, ids: Any, real: Any) -> Any:
        """Logits of shape (rows, tokens, vocabulary) for tokens that follow all that was seen; `real` masks padding."""
        import torch

        positions = (self._seen.sum(1, keepdim=True) + real.cumsum(1) - 1).clamp(min=0)
        self._seen = torch.cat([self._seen, real], dim=1)
        return self._model(
            input_ids=ids,
            attention_mask=self._seen,
            position_ids=positions,
            past_key_values=self._cache,
            use_cache=True,
        ).logits

    def _choose(self, weights: Any) -> Any:
        import torch

        if self._greedy:
            return weights.argmax(-1)
        return torch.multinomial(weights.exp(), 1, generator=self._generator).squeeze(1)


class VllmSpeaker:
    """Generates with the vLLM engine of a GRPO trainer, whose weights the caller keeps in step with the model's.

    vLLM keeps the keys and values of prefixes it has seen, so whole conversations are sent each turn.
    """

    def __init__(self, trainer: Any, *, greedy: bool) -> None:
        self._engine = trainer.vllm_generation
        self._temperature = 0.0 if greedy else trainer.temperature
        self._read: dict[int, list[int]] = {}

    def listen(self, rows: Sequence[int], heard: Sequence[Sequence[int]]) -> list[Said]:
        """See `rollout.Speaker`."""
        for row, tokens in zip(rows, heard, strict=True):
            self._read.setdefault(row, []).extend(tokens)
        usual, self._engine.temperature = self._engine.temperature, self._temperature
        try:
            _, written, logprobs, _ = self._engine.generate(
                prompts=[self._read[row] for row in rows], images=None, num_generations=1
            )
        finally:
            self._engine.temperature = usual
        said = [Said(list(tokens), [p[0] for p in row]) for tokens, row in zip(written, logprobs, strict=True)]
        for row, turn in zip(rows, said, strict=True):
            self._read[row].extend(turn.tokens)
        return said
