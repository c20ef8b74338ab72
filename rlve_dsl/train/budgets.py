"""Do the conversations of a scenario fit into the token budgets of the settings? Judged by the oracle's plays, without weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from rlve_dsl.agents import Demonstration, EpisodeKey, OracleAgent, context_size, perform
from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.episode import Scenario
from rlve_dsl.errors import ScenarioError
from rlve_dsl.files import Settings
from rlve_dsl.frozen import frozen
from rlve_dsl.train.chat import TemplateChat
from rlve_dsl.train.check import place_of
from rlve_dsl.train.demonstrations import Segment, segments
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


_SEEDS = 5  # plays for each environment and level
_SEEDS_AT_THE_HIGHEST = 40  # where conversations are longest, and one in seven may be longer than all of a few
_LONG = 0.05
"""The share of the plays at a level that may be too long: of so few, one in forty is no reason not to train."""
_BY_TOKENIZER = "the model's tokenizer"
_BUDGETS = ("context_tokens", "episode_tokens", "turn_tokens")


@frozen
class Need:
    """The tokens that a play of the oracle takes from each budget, in an environment at a level."""

    environment: str
    level: int
    context_tokens: int
    episode_tokens: int
    turn_tokens: int


@frozen
class Needs:
    """What each play needs, and what counted it: the model's tokenizer or the rule of `rlve_dsl.tokens`."""

    counted_by: str
    plays: tuple[Need, ...]

    def as_json(self, settings: Settings) -> JsonObject:
        """Return the tokens of the longest conversations by environment and level, and the most against each budget, as JSON data."""
        tokens: dict[str, dict[str, int]] = {}
        for play in self.plays:
            by_level = tokens.setdefault(play.environment, {})
            level = str(play.level)
            by_level[level] = max(by_level.get(level, 0), play.context_tokens)
        most = {
            budget: {
                "allowed": getattr(settings, budget),
                "most": max((getattr(play, budget) for play in self.plays), default=0),
                "too_long": sum(getattr(play, budget) > getattr(settings, budget) for play in self.plays),
            }
            for budget in _BUDGETS
        }
        return {
            "counted_by": self.counted_by,
            "plays": len(self.plays),
            "tokens": {name: {**by_level} for name, by_level in tokens.items()},
            "budgets": {**most},
        }


def needs_of(scenario: Scenario, settings: Settings) -> Needs:
    """Return what the oracle's plays need at every level that training can reach or the evaluation plays."""
    plays = _plays(scenario, settings)
    chat_of = partial(TemplateChat, describe=settings.describe, options=template_options(settings))
    if settings.model == "tiny":  # its vocabulary comes from the plays
        chat = chat_of(build_tokenizer([]))
        shown = [(play.key, segments(play, chat)) for play in plays]
        chat = chat_of(build_tokenizer(part.text for _, parts in shown for part in parts))
        return Needs(_BY_TOKENIZER, tuple(_counted(key, parts, chat) for key, parts in shown))
    try:
        chat = chat_of(for_training(load_tokenizer(settings, local=True)))
    except (OSError, ValueError):  # it would have to be downloaded
        return Needs("a rule", tuple(_bounded(play, settings) for play in plays))
    return Needs(_BY_TOKENIZER, tuple(_counted(play.key, segments(play, chat), chat) for play in plays))


def check_budgets(scenario: Scenario, settings: Settings, layers: Layers) -> Needs:
    """Return what conversations need.

    Raises:
        ScenarioError: R506, with the environment, the levels, the tokens and the budget, where more than one in twenty of the
            plays at a level do not fit.
    """
    needs = needs_of(scenario, settings)
    diagnostics = Diagnostics()
    for name in scenario.environments:
        by_level: dict[int, list[Need]] = {}
        for play in needs.plays:
            if play.environment == name:
                by_level.setdefault(play.level, []).append(play)
        for budget in _BUDGETS:
            allowed = getattr(settings, budget)
            over = {
                level: most
                for level, plays in by_level.items()
                if (most := [needed for play in plays if (needed := getattr(play, budget)) > allowed])
                and len(most) > _LONG * len(plays)
            }
            if over:
                level = max(over, key=lambda level: (max(over[level]), -level))
                diagnostics.error(
                    "R506",
                    f"`{name}` does not fit at level{'s' * (len(over) > 1)} {', '.join(map(str, over))}: at level {level} the "
                    f"oracle needs up to {max(over[level]):,} tokens, and `{budget}` is {allowed:,}, too few for "
                    f"{len(over[level])} of its {len(by_level[level])} plays there",
                    place_of(layers.layers, budget),
                    help=f"raise `{budget}`, leave `{name}` out, or use a collection with lower levels",
                )
    if diagnostics.errors:
        raise ScenarioError(diagnostics.items, layers.sources)
    return needs


def _plays(scenario: Scenario, settings: Settings) -> Iterator[Demonstration]:
    """The oracle's plays, one after another: all of them together would take a lot of memory."""
    reachable = scenario.spec.curriculum.reachable(scenario.levels[1])
    levels = sorted({*reachable, *settings.evaluation.levels})
    for name in scenario.environments:
        for level in levels:
            for seed in range(_SEEDS_AT_THE_HIGHEST if level == levels[-1] else _SEEDS):
                key = EpisodeKey(name, level, seed)
                play = perform(partial(key.reset, scenario), OracleAgent)
                if play.passed and play.episode is not None:  # where the oracle fails, `certify` says so
                    yield Demonstration(key, play.episode)


def _counted(key: EpisodeKey, parts: Sequence[Segment], chat: TemplateChat) -> Need:
    lengths = [(len(chat.tokens(part.text)), part.written) for part in parts]
    written = [length + 1 for length, mine in lengths if mine]  # and the token that ends a turn
    total = sum(length for length, mine in lengths if not mine) + sum(written)
    return Need(key.environment, key.level, total, sum(written), max(written, default=0))


def _bounded(shown: Demonstration, settings: Settings) -> Need:
    size = context_size(shown.episode, described=settings.describe)
    return Need(shown.key.environment, shown.key.level, size.total, size.written, size.largest_turn)
