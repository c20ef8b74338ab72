"""The hooks through which plugins, and the built-in primitives, add to the language.

A plugin is a module or an object with some of these functions, marked with `hookimpl` and announced by an entry point of
the group `rlve_dsl`. Each function returns primitives, declared with the decorator that its docstring names.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from rlve_dsl.catalog import CatalogSource, Embedder
    from rlve_dsl.expressions import Function
    from rlve_dsl.user import Act, Noise
    from rlve_dsl.world import Disturbance, Event, Sampler, Tool

PROJECT = "rlve_dsl"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def rlve_functions() -> Sequence[Function]:  # type: ignore[empty-body]
    """Functions that any expression may call (`@rlve_dsl.expressions.function()`)."""


@hookspec
def rlve_measures() -> Sequence[Function]:  # type: ignore[empty-body]
    """Functions that judge an outcome, callable from measures, rewards and `correct_when` (same decorator)."""


@hookspec
def rlve_samplers() -> Sequence[Sampler]:  # type: ignore[empty-body]
    """Samplers for worlds and personas (`@rlve_dsl.world.sampler()`)."""


@hookspec
def rlve_tools() -> Sequence[Tool]:  # type: ignore[empty-body]
    """Tools for the agent (`@rlve_dsl.world.tool("shelf.look")`)."""


@hookspec
def rlve_events() -> Sequence[Event]:  # type: ignore[empty-body]
    """Things that happen to a world by themselves (`@rlve_dsl.world.event("stock_out")`)."""


@hookspec
def rlve_acts() -> Sequence[Act]:  # type: ignore[empty-body]
    """Dialogue acts of the simulated user (`rlve_dsl.user.Act`)."""


@hookspec
def rlve_disturbances() -> Sequence[Disturbance]:  # type: ignore[empty-body]
    """What may go wrong with a call of a tool (`@rlve_dsl.world.disturbance("flaky")`)."""


@hookspec
def rlve_noises() -> Sequence[Noise]:  # type: ignore[empty-body]
    """What changes the words around the values that the simulated user says (`@rlve_dsl.user.noise("transcription")`)."""


@hookspec
def rlve_embedders() -> Sequence[Embedder]:  # type: ignore[empty-body]
    """Text embedders for search (`rlve_dsl.catalog.Embedder`)."""


@hookspec
def rlve_catalog_sources() -> Sequence[CatalogSource]:  # type: ignore[empty-body]
    """Where a catalog's products come from (`rlve_dsl.catalog.CatalogSource`)."""
