"""Closures, columns and formulas decide as a slow interpreter does."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import z3
from hypothesis import HealthCheck, given, settings

from rlve_dsl.policy import edges
from rlve_dsl.policy.checking.order import LONGEST_ROW
from rlve_dsl.policy.meaning.columns import Columns
from rlve_dsl.policy.meaning.formulas import formulas_of
from rlve_dsl.policy.meaning.partial import Partial, WordCodes
from tests.policy.conftest import compiled
from tests.policy.enumeration import situations
from tests.policy.generated import policies
from tests.policy.interpreter import Interpreter


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(policies())
def test_closures_columns_and_interpreter_agree(text: str) -> None:
    policy, problems = compiled(text)
    assert policy is not None, problems
    worlds, words = list(situations(policy)), WordCodes()
    facts = {
        name: Partial(
            np.array([0 if w[name] is None else words.encode(w[name]) for w in worlds]),
            np.array([w[name] is not None for w in worlds]),
        )
        for name in policy.facts
    }
    columns = Columns(facts, words)
    whole = policy.walk(columns)
    clauses = [c.id for d in policy.decisions.values() for c in d.clauses if not c.is_base]
    for without in [None, *clauses]:
        left_out = frozenset() if without is None else frozenset({without})
        walk = policy.walk(columns, left_out, whole) if without else whole
        for name, decision in policy.decisions.items():
            decided = walk.decision(name)
            values = np.broadcast_to(decided.value, (len(worlds),)).tolist()
            known = np.broadcast_to(columns.where_known(decided), (len(worlds),)).tolist()
            for world, value, sure in zip(worlds, values, known, strict=True):
                right = Interpreter(policy, world, left_out).decide(name)
                assert (words.decode(value, decision.type) if sure else None) == right, (text, without, world)
                assert policy.decide(name, world, left_out).value == right, (text, without, world)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(policies())
def test_formulas_and_interpreter_agree(text: str) -> None:
    policy, problems = compiled(text)
    assert policy is not None, problems
    formulas, walk = formulas_of(policy)
    symbols = {name: walk.decision(name) for name in policy.decisions}
    for world in situations(policy):
        values = [
            (
                formulas.facts[name].value,
                formulas.literal(value if isinstance(value, bool) else formulas.words.encode(value)),
            )
            for name, value in world.items()
            if value is not None
        ]

        def read(formula: z3.ExprRef, values: list[tuple[z3.ExprRef, z3.ExprRef]] = values) -> z3.ExprRef:
            return z3.simplify(z3.substitute(formula, *values))

        for name, symbol in symbols.items():
            right = Interpreter(policy, world).decide(name)
            known = z3.is_true(read(formulas.where_known(symbol)))
            assert (read(symbol.value).as_long() if known else None) == right, (text, world)


def test_a_long_row_of_decisions_can_be_walked_at_once() -> None:
    names = [f"d{number}" for number in range(LONGEST_ROW)]
    rules = ["  decide d0 as age\n"]
    for before, name in pairwise(names):
        rules.append(
            f"  decide {name} as 1 day\n    except 2 days when age > 1 day\n      except 3 days when age > 2 days\n"
            f"        except 4 days when not (age > 3 days and not ({before} > 3 days or age < 1 day))\n"
        )
    policy, problems = compiled(
        "kind: Policy\nname: row\nfacts:\n  age: {type: days, min: 0, max: 9}\ndecisions:\n"
        + "".join(f"  {name}: {{type: days}}\n" for name in names) + "rules: |\n" + "".join(rules)
    )  # fmt: skip
    assert policy is not None, problems
    assert edges(policy, names[-1], "age", {}) == (1, 2)
