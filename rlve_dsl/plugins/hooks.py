"""The table of hooks. To add a hook, add a field to `Primitives`: everything else follows from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, fields
from types import MappingProxyType
from typing import Any

from rlve_dsl import catalog, domains, expressions, reward, user, world
from rlve_dsl.frozen import frozen
from rlve_dsl.plugins.later import AgentLike, CheckLike, ProbeLike

_METADATA = "hook"


@frozen
class Hook:
    """A hook: a function of a plugin that takes nothing and gives a list of primitives.

    Attributes:
        name: What the function is called.
        primitive: The class of what it gives.
        word: What one of them is called in messages.
        does: What they are for.
        made_with: What declares one.
        built_in: The built-in ones.
        attribute: The field of `Primitives` that holds them, by name.
    """

    name: str
    primitive: type
    word: str
    does: str
    made_with: str
    built_in: Callable[[], Iterable[Any]]
    attribute: str = ""


def _given_by(
    name: str, primitive: type, word: str, does: str, made_with: str, built_in: Callable[[], Iterable[Any]] = tuple
) -> Any:
    hook = Hook(name, primitive, word, does, made_with, built_in)
    return field(default_factory=lambda: MappingProxyType({}), metadata={_METADATA: hook})


@frozen
class Primitives:
    """Primitives by name, a field for each hook."""

    functions: Mapping[str, expressions.Function] = _given_by(
        "rlve_functions", expressions.Function, "function", "functions that any expression may call",
        "rlve_dsl.expressions.function", lambda: (*expressions.FUNCTIONS, *catalog.FUNCTIONS),
    )  # fmt: skip
    measures: Mapping[str, expressions.Function] = _given_by(
        "rlve_measures", expressions.Function, "measure", "functions that judge an outcome, for measures and rewards",
        "rlve_dsl.expressions.function", lambda: reward.FUNCTIONS,
    )  # fmt: skip
    samplers: Mapping[str, world.Sampler] = _given_by(
        "rlve_samplers", world.Sampler, "sampler", "samplers for worlds and personas",
        "rlve_dsl.world.sampler", lambda: world.SAMPLERS,
    )  # fmt: skip
    tools: Mapping[str, world.Tool] = _given_by(
        "rlve_tools", world.Tool, "tool", "tools for the agent", "rlve_dsl.world.tool", domains.store_tools
    )
    entities: Mapping[str, world.Kind] = _given_by(
        "rlve_entities", world.Kind, "entity", "sorts of entities that tools keep state in", "rlve_dsl.world.entity",
        lambda: world.ENTITIES,
    )  # fmt: skip
    events: Mapping[str, world.Event] = _given_by(
        "rlve_events", world.Event, "event", "things that happen by themselves during an episode",
        "rlve_dsl.world.event", lambda: world.EVENTS,
    )  # fmt: skip
    acts: Mapping[str, user.Act] = _given_by(
        "rlve_acts", user.Act, "act", "dialogue acts of the user", "rlve_dsl.user.Act", lambda: user.ACTS
    )
    disturbances: Mapping[str, world.Disturbance] = _given_by(
        "rlve_disturbances", world.Disturbance, "disturbance", "what may go wrong with calls of tools",
        "rlve_dsl.world.disturbance",
    )  # fmt: skip
    noises: Mapping[str, user.Noise] = _given_by(
        "rlve_noises", user.Noise, "noise", "changes of the words around the values that the user says",
        "rlve_dsl.user.noise", lambda: user.NOISES,
    )  # fmt: skip
    embedders: Mapping[str, catalog.Embedder] = _given_by(
        "rlve_embedders", catalog.Embedder, "embedder", "text embedders for search",
        "rlve_dsl.catalog.Embedder", lambda: catalog.EMBEDDERS.values(),
    )  # fmt: skip
    sources: Mapping[str, catalog.CatalogSource] = _given_by(
        "rlve_catalog_sources", catalog.CatalogSource, "catalog source", "sources of a catalog's products",
        "rlve_dsl.catalog.CatalogSource", lambda: catalog.SOURCES.values(),
    )  # fmt: skip
    agents: Mapping[str, AgentLike] = _given_by(
        "rlve_agents", AgentLike, "agent", "agents for `run --agent`", "rlve_dsl.agents.AgentKind"
    )
    checks: Mapping[str, CheckLike] = _given_by(
        "rlve_checks", CheckLike, "check", "checks of certificates", "rlve_dsl.certify.Check"
    )
    probes: Mapping[str, ProbeLike] = _given_by(
        "rlve_probes", ProbeLike, "probe", "agents that cheat, which certificates try", "rlve_dsl.certify.Probe"
    )


HOOKS: Mapping[str, Hook] = MappingProxyType(
    {
        hook.name: Hook(hook.name, hook.primitive, hook.word, hook.does, hook.made_with, hook.built_in, f.name)
        for f in fields(Primitives)
        for hook in (f.metadata[_METADATA],)
    }
)
"""All hooks by name."""
