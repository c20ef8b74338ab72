"""Where slime gets its samples from: episodes drawn by the curriculum, whose state is saved with each checkpoint."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from rlve_dsl.adapters.slime.folder import exported, key_in, metadata_of, prompt_of
from rlve_dsl.agents import EpisodeKey, curriculum_of, training_key
from rlve_dsl.errors import UsageError
from rlve_dsl.rng import Stream
from rlve_dsl.values import JsonObject
from rlve_dsl.writing import write_atomically

_ENDLESS = 1 << 30


class EpisodeSource:
    """A data source of slime (`--data-source-path`). A group is an episode, and a sample one rollout of it.

    Which episodes are drawn depends on the seed, the number of the group and the state of the curriculum.

    Args:
        args: slime's arguments. `prompt_data` is the file `episodes.json` of an exported folder.
    """

    def __init__(self, args: Any) -> None:
        self._args = args
        found = exported(args.prompt_data)
        self.curriculum = curriculum_of(found.scenario)
        self._stream = Stream("train", found.settings.seed, "slime")
        self._groups = 0
        self._handed = 0
        self._waiting: list[EpisodeKey] = []

    def get_samples(self, num_samples: int) -> list[list[Any]]:
        """Return so many groups: those that were given back first, then new ones."""
        again, self._waiting = self._waiting[:num_samples], self._waiting[num_samples:]
        return [self._group(key) for key in [*again, *(self._drawn() for _ in range(num_samples - len(again)))]]

    def add_samples(self, samples: Sequence[Sequence[Any]]) -> None:
        """Take back groups that slime stopped in the middle. They are played anew."""
        self._waiting += [key_of(group[0]) for group in samples]

    def record(self, groups: Sequence[Sequence[Any]]) -> None:
        """Count the outcomes of groups, whether they are trained on or not. What could not be played is not counted."""
        for group in groups:
            key = key_of(group[0])
            passed = [bool(s.metadata["passed"]) for s in group if "passed" in s.metadata and not s.metadata["failure"]]
            self.curriculum.record(key.environment, key.level, passed, key.axes)

    def save(self, rollout_id: int) -> None:
        """Write the state beside slime's checkpoint."""
        state: JsonObject = {
            "groups": self._groups,
            "handed": self._handed,
            "waiting": [metadata_of(key) for key in self._waiting],
            "curriculum": {**self.curriculum.as_json()},
        }
        write_atomically(_state_file(self._args.save, rollout_id), json.dumps(state, indent=2) + "\n")

    def load(self, rollout_id: int | None = None) -> None:
        """Read the state that belongs to a checkpoint; without one, the run begins.

        Raises:
            UsageError: When the checkpoint has no such state.
        """
        if self._args.load is None or rollout_id is None or rollout_id < 0:
            return
        file = _state_file(self._args.load, rollout_id)
        try:
            state = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise UsageError(f"`{file}` holds no state of a curriculum, so the run cannot go on") from None
        self._groups, self._handed = state["groups"], state["handed"]
        self._waiting = [key_in(metadata) for metadata in state["waiting"]]
        self.curriculum.restore(state["curriculum"])

    def __len__(self) -> int:
        return _ENDLESS

    def _drawn(self) -> EpisodeKey:
        stream = self._stream.child("group", self._groups)
        self._groups += 1
        return training_key(self.curriculum, stream)

    def _group(self, key: EpisodeKey) -> list[Any]:
        sample = import_module("slime.utils.types").Sample
        size, number = self._args.n_samples_per_prompt, self._handed
        self._handed += 1
        return [
            sample(
                group_index=number, index=number * size + place, prompt=prompt_of(key), metadata={**metadata_of(key)}
            )
            for place in range(size)
        ]


def count_outcomes(args: Any, samples: Sequence[Sequence[Any]], data_source: Any) -> None:
    """Let the curriculum count all groups of a rollout (`--rollout-all-samples-process-path`).

    slime hands over the source, or its method `get_samples`.
    """
    source = getattr(data_source, "__self__", data_source)
    source.record(samples)


def key_of(sample: Any) -> EpisodeKey:
    """Return the episode that a sample plays."""
    return key_in(sample.metadata)


def _state_file(folder: str, rollout_id: int) -> Path:
    return Path(folder) / "rollout" / f"rlve_dsl_{rollout_id}.json"
