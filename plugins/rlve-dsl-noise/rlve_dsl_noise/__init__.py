"""Disturbances of calls and noises of the user's words, for any environment of rlve-dsl."""

from __future__ import annotations

from collections.abc import Sequence

from rlve_dsl.hookspecs import hookimpl
from rlve_dsl.user import Noise
from rlve_dsl.world import Disturbance
from rlve_dsl_noise.disturbances import cut_short, flaky, slow
from rlve_dsl_noise.languages import code_switching
from rlve_dsl_noise.transcripts import transcription


@hookimpl
def rlve_disturbances() -> Sequence[Disturbance]:
    """What may go wrong with calls."""
    return (flaky, slow, cut_short)


@hookimpl
def rlve_noises() -> Sequence[Noise]:
    """What changes the user's words."""
    return (transcription, code_switching)
