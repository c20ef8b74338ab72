"""Where the settings of a run come from: a profile, the scenario over it, the command line over both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rlve_dsl.errors import ScenarioError, UsageError
from rlve_dsl.files import (
    COMMAND_LINE,
    Profile,
    Settings,
    Training,
    load,
    load_training,
    profile_file,
    profiles,
    settings_of,
)
from rlve_dsl.frozen import frozen

__all__ = ["Layers", "layers_of", "profiles"]


@frozen
class Layers:
    """The layers of a run's settings, a later one over an earlier one, and the texts that they were read from.

    `profile` is the name or the path of the profile; empty when there is none.
    """

    layers: Sequence[Training]
    sources: Mapping[str, str]
    profile: str

    def settings(self) -> Settings:
        """Return the settings that the layers make.

        Raises:
            ScenarioError: R504, when settings contradict each other.
            UsageError: When no layer says which model is trained.
        """
        settings = settings_of(self.layers, self.sources)
        if not settings.model:
            raise UsageError(
                "nothing says which model to train: name a profile (`--profile cpu`, or `train: {profile: cpu}` in the "
                "collection) or a model (`--model NAME`)"
            )
        return settings


def layers_of(
    scenario: Training | None, sources: Mapping[str, str], *, profile: str | None, words: Sequence[str]
) -> Layers:
    """Return the layers of a run's settings.

    Args:
        scenario: What the collection writes under `train:`.
        sources: The texts of the scenario's files.
        profile: The profile that the command line names, which replaces the one of the scenario.
        words: Settings of the command line, such as `steps=3` and `warm_start.batch=8`.

    Raises:
        ScenarioError: When the profile or a word is wrong, with the place and what would be right.
        UsageError: When there is no such profile, or a word is no setting.
    """
    layers: list[Training] = []
    texts = dict(sources)
    named = profile
    beside = Path()
    if named is None and scenario is not None and scenario.settings.profile:
        named = scenario.settings.profile
        beside = Path(scenario.written["profile"].file).parent
    if named:
        loaded = load(profile_file(named, beside))
        if not isinstance(loaded.spec, Profile):
            raise UsageError(f"`{named}` is of kind {loaded.kind}, and a Profile is wanted")
        layers.append(loaded.spec.settings)
        texts |= loaded.sources
    layers += [scenario] if scenario is not None else []
    if any(word.partition("=")[0] == "profile" for word in words):
        raise UsageError("name the profile with `--profile`")
    for word in (*words, *([f"profile={profile}"] if profile else [])):
        text = _as_yaml(word)
        try:
            layers.append(load_training(text, COMMAND_LINE))
        except ScenarioError as problem:
            raise ScenarioError(problem.diagnostics, {COMMAND_LINE: text}) from None
    return Layers(layers, texts, named or "")


def _as_yaml(word: str) -> str:
    """The YAML that a word of the command line stands for.

    >>> _as_yaml("warm_start.batch=8")
    '{warm_start: {batch: 8}}'
    """
    path, equals, value = word.partition("=")
    if not equals or not all(path.split(".")):
        raise UsageError(f"`--set` takes a setting and its value, such as `steps=3`, not `{word}`")
    text = f"{path.rsplit('.', 1)[-1]}: {value}"
    for name in reversed(path.split(".")[:-1]):
        text = f"{name}: {{{text}}}"
    return f"{{{text}}}"
