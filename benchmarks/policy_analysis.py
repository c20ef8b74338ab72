"""How long the analysis of a policy takes, by its size: `python benchmarks/policy_analysis.py [CLAUSES …]`.

The policies are generated: decisions with eight clauses each over two dozen facts; some decisions use others.
Prints seconds (the best of three runs) and the ratio to the time to compile the same policy.
"""

from __future__ import annotations

import sys
import time

from rlve_dsl import files
from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.policy import Policy, analyse, compile_policy
from rlve_dsl.rng import Stream

TIERS = ("none", "basic", "gold", "premium")
SIZES = (50, 100, 200, 400)


def generated(clauses: int) -> str:
    """The text of a policy with at least this many clauses."""
    stream = Stream("policy analysis", clauses)
    facts = [f"  place.kind_{n}: {{type: enum, values: [{', '.join(f'v{i}' for i in range(8))}]}}" for n in range(6)]
    facts += [f"  flag.f{n}: {{type: bool}}" for n in range(8)]
    facts += [f"  time.t{n}: {{type: days, min: 0, max: 365}}" for n in range(5)]
    facts += [f"  cost.c{n}: {{type: money, min: $0, max: $2000}}" for n in range(5)]
    facts.append(f"  who.tier: {{type: enum, values: [{', '.join(TIERS)}]}}")
    rules: list[str] = []
    names: list[str] = []
    made = 0
    while made < clauses:
        name = f"rule_{len(names)}"
        below = f"time.t{stream.integer(0, 4)} <= {stream.choice(names)}" if names else "flag.f0"
        kind, flag = f"place.kind_{stream.integer(0, 5)}", f"flag.f{stream.integer(0, 7)}"
        rules.append(
            f"  decide {name} as {stream.integer(20, 40)} days\n"
            f"    except {stream.integer(1, 19)} days when {kind} is one of v0, v1\n"
            f"      except {stream.integer(41, 60)} days when cost.c{stream.integer(0, 4)} is over ${stream.integer(50, 900)}\n"
            f"    except {stream.integer(61, 80)} days when {kind} is v{stream.integer(2, 7)} and {below}\n"
            f"    plus {stream.integer(1, 9)} days when who.tier is {stream.choice(TIERS)}\n"
            f"    minus {stream.integer(1, 9)} days when {flag} and time.t{stream.integer(0, 4)} > {stream.integer(10, 90)} days\n"
            f"    at least 1 day\n"
            f"    but 0 days when {flag} and {kind} is none of v0, v1, v2\n"
        )
        names.append(name)
        made += 8
    head = "kind: Policy\nname: generated\nfacts:\n" + "\n".join(facts)
    return (
        f"{head}\ndecisions:\n" + "".join(f"  {n}: {{type: days}}\n" for n in names) + "rules: |\n" + "\n".join(rules)
    )


def measured(clauses: int) -> tuple[int, float, float, int]:
    """(clauses, seconds to analyse, seconds to compile, findings)."""
    loaded = files.load_text(generated(clauses), "generated.yaml").spec
    assert isinstance(loaded, files.Policy)
    best = [float("inf"), float("inf")]
    for _ in range(3):
        found = Diagnostics()
        start = time.perf_counter()
        policy: Policy | None = compile_policy(loaded, found)
        compiled = time.perf_counter()
        assert policy is not None, found.items
        analyse(policy, found)
        best = [min(best[0], time.perf_counter() - compiled), min(best[1], compiled - start)]
    return sum(len(d.clauses) for d in policy.decisions.values()), best[0], best[1], len(found.items)


def main() -> None:
    """Print a row for each size."""
    print(f"{'clauses':>8} {'analysis s':>11} {'compile s':>10} {'ratio':>6} {'findings':>9}")
    for size in [int(argument) for argument in sys.argv[1:]] or SIZES:
        clauses, analysis, compiled, findings = measured(size)
        print(f"{clauses:>8} {analysis:>11.3f} {compiled:>10.3f} {analysis / compiled:>6.1f} {findings:>9}")


if __name__ == "__main__":
    main()
