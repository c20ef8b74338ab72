"""The judgement of a check: its result, also where a plugin's check gives something else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from rlve_dsl.certify.checks import AnyCheck
from rlve_dsl.certify.findings import CheckResult, Figure, Finding
from rlve_dsl.certify.plan import Plan
from rlve_dsl.episode import Scenario
from rlve_dsl.errors import PluginError
from rlve_dsl.plugins import Guarded, reason_of, shown

_NOTHING_SEEN = "nothing was looked at: it has seen nothing in any case; where there is nothing to judge, let it `yield` that there is not"


def judged(
    check: AnyCheck, scenario: Scenario, plan: Plan, seen: Sequence[object], faults: Sequence[Finding]
) -> CheckResult:
    """Return the result of a check; that it cannot be judged, because a plugin failed, is a finding.

    Args:
        check: The check.
        scenario: The scenario.
        plan: What was looked at.
        seen: What the check has observed.
        faults: Where plugins failed.
    """
    try:
        result = check.judge(scenario, plan, seen)
    except PluginError as fault:
        return check.result(findings=[Finding("", check.name, str(fault))])
    except (LookupError, ValueError, ArithmeticError):
        if not faults:
            raise
        return check.result(findings=[Finding("", check.name, f"it cannot be judged: {faults[0].text}")])
    return _of_plugin(check, result, seen, faults) if isinstance(check.judge, Guarded) else result


def _of_plugin(check: AnyCheck, result: object, seen: Sequence[object], faults: Sequence[Finding]) -> CheckResult:
    """The result of a plugin's check, which has its own name, whatever the plugin has called it."""
    what = getattr(check.judge, "what", check.name)
    if fault := fault_of_result(result):
        return check.result(findings=[Finding("", check.name, f"{what} {fault}")])
    assert isinstance(result, CheckResult)
    own = replace(result, name=check.name, ids=check.ids, promise=check.promise)
    failed = any(fault.subject == check.name for fault in faults)
    if seen or failed or own.findings or check.observe is None:
        return own
    return replace(own, findings=(Finding("", check.name, f"{what}: {_NOTHING_SEEN}"),))


def fault_of_result(result: object) -> str:
    """What is wrong with what `judge` gave, as the end of a sentence; empty where nothing is."""
    if not isinstance(result, CheckResult):
        return f"gave {shown(result)}, and its result is wanted: `return CHECK.result(findings=...)`"
    for what, kind, given in (("finding", Finding, result.findings), ("figure", Figure, result.figures)):
        wrong = [one for one in given if not isinstance(one, kind)]
        if wrong:
            return f"gave the {what} {shown(wrong[0])}, and a `rlve_dsl.certify.{kind.__name__}` is wanted"
    try:
        json.dumps(result.as_json())
    except Exception as problem:  # noqa: BLE001 - a plugin's result may hold anything
        return f"gave a result that cannot be written as JSON: {reason_of(problem)}"
    return ""
