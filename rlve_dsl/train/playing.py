"""Episodes that the model in training plays: in this process and in the others, by its own engine or by vLLM."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from rlve_dsl.agents import EpisodeKey, Rollout, TokenWriter, play_many
from rlve_dsl.episode import Scenario
from rlve_dsl.files import Settings
from rlve_dsl.rng import stable_hash
from rlve_dsl.train.beside import POSSIBLE, Beside
from rlve_dsl.train.chat import TemplateChat
from rlve_dsl.train.dapo import limits_of
from rlve_dsl.train.desk import keeping
from rlve_dsl.train.engine import CachedEngine
from rlve_dsl.train.slots import SlotCache
from rlve_dsl.train.vllm import VllmEngine
from rlve_dsl.train.world import World
from rlve_dsl.user import ScriptedUser

if TYPE_CHECKING:
    from rlve_dsl.model_user import ModelShopper


class ModelPlayer:
    """Plays episodes with the model of a trainer as it is now.

    Args:
        scenario: The scenario.
        settings: The settings of the run.
        chat: The model's chat.
        trainer: The GRPO trainer, which has the model.
        world: This process among those that train together.
        shopper: Makes the users, if not the scripted ones.
    """

    def __init__(
        self,
        scenario: Scenario,
        settings: Settings,
        chat: TemplateChat,
        trainer: Any,
        world: World,
        shopper: ModelShopper | None,
    ) -> None:
        self._scenario = scenario
        self._settings = settings
        self._chat = chat
        self._trainer = trainer
        self._world = world
        self._shopper = shopper
        self._limits = limits_of(settings)
        self._vllm = bool(settings.trainer.get("use_vllm"))
        self._beside: Beside | None = None
        self._cache: SlotCache | None = None
        if POSSIBLE and settings.players and not self._vllm and shopper is None:
            self._beside = Beside(scenario, chat, self._limits, settings.players)
        self.seconds_writing = 0.0
        """The time in which the engine of this process wrote tokens, where it is not vLLM's."""

    @property
    def model(self) -> Any:
        """The model, without what the trainer wraps around it."""
        return self._trainer.accelerator.unwrap_model(self._trainer.model)

    def play(self, keys: Sequence[EpisodeKey], *, greedy: bool, seed: int, kept: int = 0) -> list[Rollout]:
        """Play the episodes, each process a share of them, and return all rollouts in the same order.

        The seed decides what is sampled, whatever the number of processes. Every `kept`-th rollout keeps its trajectory; 0: none.
        """
        return self._world.together(keys, lambda share, first: self._play(share, first, greedy, seed, kept))

    def prepare(self, keys: Sequence[EpisodeKey], others: Sequence[EpisodeKey]) -> None:
        """Draw the episodes that are played next, and others that may follow, in the processes beside this one, if there are any."""
        if self._beside is not None:
            self._beside.prepare(self._world.share(keys), others)

    def close(self) -> None:
        """End the processes beside this one."""
        if self._beside is not None:
            self._beside.close()

    def _play(self, keys: Sequence[EpisodeKey], first: int, greedy: bool, seed: int, kept: int) -> list[Rollout]:
        in_flight = min(self._settings.in_flight, max(1, len(keys)))

        def seed_of(place: int) -> int:
            return stable_hash("turns", seed, first + place)

        if self._vllm:
            vllm = VllmEngine(self._trainer, ends=self._chat.ends, greedy=greedy)
            return self._play_here(keys, vllm, seed_of, in_flight, first, kept)
        engine = self._engine(in_flight, greedy)
        if self._beside is None:
            rollouts = self._play_here(keys, engine, seed_of, in_flight, first, kept)
        else:
            rollouts = self._beside.play(keys, engine, seed_of, first=first, kept=kept)
        self.seconds_writing += engine.seconds
        return rollouts

    def _play_here(
        self,
        keys: Sequence[EpisodeKey],
        engine: CachedEngine | VllmEngine,
        seed_of: Callable[[int], int],
        in_flight: int,
        first: int,
        kept: int,
    ) -> list[Rollout]:
        def writer(place: int) -> TokenWriter:
            return TokenWriter(engine.conversation(seed_of(place)), self._chat, self._limits)

        user, at_once = (self._shopper, self._shopper.at_once) if self._shopper else (ScriptedUser, 1)
        ended = keeping(kept, first)
        return play_many(self._scenario, keys, writer, in_flight=in_flight, user=user, at_once=at_once, ended=ended)

    def _engine(self, slots: int, greedy: bool) -> CachedEngine:
        settings = self._settings
        if self._cache is None and self.model.device.type == "cpu":
            # its memory is taken once: to give it back after each round takes longer than some steps. A GPU needs it for training
            self._cache = SlotCache(settings.in_flight, settings.context_tokens + settings.turn_tokens)
        return CachedEngine(
            self.model,
            slots=slots,
            context_tokens=settings.context_tokens,
            ends=self._chat.ends,
            turn_tokens=settings.turn_tokens,
            temperature=settings.temperature,
            greedy=greedy,
            cache=self._cache,
        )
