"""Episodes that the model in training plays: in this process and in the others, by its own engine or by vLLM."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from rlve_dsl.agents import Ended, EpisodeKey, Rollout, TokenStream, TokenWriter, play_many
from rlve_dsl.episode import Scenario
from rlve_dsl.files import Settings
from rlve_dsl.rng import stable_hash
from rlve_dsl.train.chat import TemplateChat
from rlve_dsl.train.dapo import limits_of
from rlve_dsl.train.engine import CachedEngine
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

    @property
    def model(self) -> Any:
        """The model, without what the trainer wraps around it."""
        return self._trainer.accelerator.unwrap_model(self._trainer.model)

    def play(self, keys: Sequence[EpisodeKey], *, greedy: bool, seed: int, ended: Ended | None = None) -> list[Rollout]:
        """Play the episodes, each process a share of them, and return all rollouts in the same order.

        The seed decides what is sampled, whatever the number of processes. `ended` hears of the episodes of this process.
        """
        return self._world.together(keys, lambda share, first: self._play(share, first, greedy, seed, ended))

    def _play(
        self, keys: Sequence[EpisodeKey], first: int, greedy: bool, seed: int, ended: Ended | None
    ) -> list[Rollout]:
        in_flight = min(self._settings.in_flight, max(1, len(keys)))
        conversation = self._conversations(in_flight, greedy)

        def writer(place: int) -> TokenWriter:
            stream = conversation(stable_hash("turns", seed, first + place))
            return TokenWriter(stream, self._chat, self._limits)

        user, at_once = (self._shopper, self._shopper.at_once) if self._shopper else (ScriptedUser, 1)
        return play_many(self._scenario, keys, writer, in_flight=in_flight, user=user, at_once=at_once, ended=ended)

    def _conversations(self, in_flight: int, greedy: bool) -> Callable[[int], TokenStream]:
        """What makes a conversation with the model from a seed."""
        settings = self._settings
        if settings.trainer.get("use_vllm"):
            return VllmEngine(self._trainer, greedy=greedy).conversation
        return CachedEngine(
            self.model,
            slots=in_flight,
            context_tokens=settings.context_tokens,
            end=self._chat.end,
            turn_tokens=settings.turn_tokens,
            temperature=settings.temperature,
            greedy=greedy,
        ).conversation
