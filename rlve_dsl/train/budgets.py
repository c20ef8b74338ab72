"""Do the conversations of a scenario fit into the token budgets of the settings? Judged by the oracle's plays, without weights."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from rlve_dsl.agents import Demonstration, EpisodeKey, OracleAgent, context_size, perform
from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.episode import Scenario
from rlve_dsl.errors import ScenarioError
from rlve_dsl.files import Settings
from rlve_dsl.frozen import frozen
from rlve_dsl.train.chat import TemplateChat
from rlve_dsl.train.check import place_of
from rlve_dsl.train.demonstrations import segments
from rlve_dsl.train.families import for_training
from rlve_dsl.train.model import load_tokenizer
from rlve_dsl.train.profiles import Layers
from rlve_dsl.train.tiny_tokenizer import build_tokenizer
from rlve_dsl.values import JsonObject


def template_options(settings: Settings) -> JsonObject:
    """Return the options of the chat template."""
    return {"enable_thinking": settings.thinking}


def load_chat(settings: Settings) -> TemplateChat:
    """Load the tokenizer of the model that the settings name, and return its chat."""
    tokenizer = for_training(load_tokenizer(settings))
    return TemplateChat(tokenizer, describe=settings.describe, options=template_options(settings))


_SEEDS = 2  # plays for each environment and level
_BUDGETS = ("context_tokens", "episode_tokens", "turn_tokens")


@frozen
class Need:
    """The most tokens that a play of the oracle takes from each budget, in an environment at a level."""

    environment: str
    level: int
    context_tokens: int
    episode_tokens: int
    turn_tokens: int


@frozen
class Needs:
    """What all conversations need, and what counted it: the model's tokenizer or the rule of `rlve_dsl.tokens`."""

    counted_by: str
    needs: tuple[Need, ...]

    def as_json(self, settings: Settings) -> JsonObject:
        """Return the tokens of whole conversations by environment and level, and the most against each budget, as JSON data."""
        tokens: dict[str, dict[str, int]] = {}
        for need in self.needs:
            tokens.setdefault(need.environment, {})[str(need.level)] = need.context_tokens
        most = {
            budget: {
                "allowed": getattr(settings, budget),
                "most": max((getattr(n, budget) for n in self.needs), default=0),
            }
            for budget in _BUDGETS
        }
        return {
            "counted_by": self.counted_by,
            "tokens": {name: {**by_level} for name, by_level in tokens.items()},
            "budgets": {**most},
        }


def needs_of(scenario: Scenario, settings: Settings) -> Needs:
    """Return what the oracle's plays need at every level that training can reach or the evaluation plays."""
    reachable = scenario.spec.curriculum.reachable(scenario.levels[1])
    levels = sorted({*reachable, *settings.evaluation.levels})
    keys = [
        EpisodeKey(name, level, seed) for name in scenario.environments for level in levels for seed in range(_SEEDS)
    ]
    played = [(key, perform(partial(key.reset, scenario), OracleAgent)) for key in keys]
    # where the oracle fails, `certify` says so
    plays = [Demonstration(key, play.episode) for key, play in played if play.passed and play.episode is not None]
    tokenizer = _tokenizer_at_hand(settings, plays)
    if tokenizer is None:
        counted = [_bounded(shown, settings) for shown in plays]
    else:
        chat = TemplateChat(tokenizer, describe=settings.describe, options=template_options(settings))
        counted = [_counted(shown, chat) for shown in plays]
    most: dict[tuple[str, int], Need] = {}
    for need in counted:
        place = (need.environment, need.level)
        other = most.get(place, need)
        most[place] = Need(*place, *(max(getattr(need, budget), getattr(other, budget)) for budget in _BUDGETS))
    return Needs("a rule" if tokenizer is None else "the model's tokenizer", tuple(most.values()))


def check_budgets(scenario: Scenario, settings: Settings, layers: Layers) -> Needs:
    """Return what conversations need.

    Raises:
        ScenarioError: R506, with the environment, the level, the tokens and the budget of each play that does not fit.
    """
    needs = needs_of(scenario, settings)
    diagnostics = Diagnostics()
    for name in scenario.environments:
        for budget in _BUDGETS:
            allowed = getattr(settings, budget)
            over = [need for need in needs.needs if need.environment == name and getattr(need, budget) > allowed]
            if over:
                most = max(over, key=lambda need: (getattr(need, budget), -need.level))
                diagnostics.error(
                    "R506",
                    f"`{name}` does not fit at level{'s' * (len(over) > 1)} {', '.join(str(need.level) for need in over)}: at level "
                    f"{most.level} the oracle needs {getattr(most, budget):,} tokens, and `{budget}` is {allowed:,}",
                    place_of(layers.layers, budget),
                    help=f"raise `{budget}`, leave `{name}` out, or use a collection with lower levels",
                )
    if diagnostics.errors:
        raise ScenarioError(diagnostics.items, layers.sources)
    return needs


def _tokenizer_at_hand(settings: Settings, plays: Sequence[Demonstration]) -> Any:
    """The model's tokenizer; None where it would have to be downloaded. That of a tiny model is made from the plays."""
    if settings.model == "tiny":
        chat = TemplateChat(build_tokenizer([]), describe=settings.describe, options=template_options(settings))
        return build_tokenizer(segment.text for shown in plays for segment in segments(shown, chat))
    try:
        return for_training(load_tokenizer(settings, local=True))
    except (OSError, ValueError):
        return None


def _counted(shown: Demonstration, chat: TemplateChat) -> Need:
    lengths = [(len(chat.tokens(segment.text)), segment.written) for segment in segments(shown, chat)]
    written = [length + 1 for length, mine in lengths if mine]  # and the token that ends a turn
    total = sum(length for length, mine in lengths if not mine) + sum(written)
    return Need(shown.key.environment, shown.key.level, total, sum(written), max(written, default=0))


def _bounded(shown: Demonstration, settings: Settings) -> Need:
    size = context_size(shown.episode, described=settings.describe)
    return Need(shown.key.environment, shown.key.level, size.total, size.written, size.largest_turn)
