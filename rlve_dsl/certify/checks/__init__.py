"""The checks, one in each module. To add one, write a module with a `CHECK` and put it into CHECKS."""

from rlve_dsl.certify.checks import (
    bounded,
    context,
    deterministic,
    diverse,
    floor,
    gap,
    harder,
    knowable,
    learnable,
    named,
    needed,
    no_leak,
    observable,
    solvable,
    understood,
)
from rlve_dsl.certify.checks.check import AnyCheck, Job

CHECKS: tuple[AnyCheck, ...] = (
    solvable.CHECK,
    observable.CHECK,
    knowable.CHECK,
    named.CHECK,
    needed.CHECK,
    floor.CHECK,
    gap.CHECK,
    deterministic.CHECK,
    bounded.CHECK,
    harder.CHECK,
    learnable.CHECK,
    diverse.CHECK,
    no_leak.CHECK,
    understood.CHECK,
    context.CHECK,
)
"""All checks, in the order in which a certificate lists them."""

__all__ = ["CHECKS", "AnyCheck", "Job"]
