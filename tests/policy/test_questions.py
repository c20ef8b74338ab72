"""Questions: the cells are what enumeration finds, a drawn depth is exact, and there is one right answer."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from rlve_dsl.errors import Unsatisfiable, UsageError
from rlve_dsl.policy import Policy, Question, edges, say, table, turning
from rlve_dsl.policy.questions.questions import BOUNDARY
from rlve_dsl.rng import Stream
from tests.policy.conftest import compiled
from tests.policy.enumeration import situations
from tests.policy.generated import policies
from tests.policy.interpreter import Interpreter


def sets_by_enumeration(policy: Policy, name: str) -> set[frozenset[str]]:
    """The sets of clauses that answers turn on, over every situation with an answer."""
    decision = policy.decisions[name]
    clauses = [c.id for d in (name, *decision.uses) for c in policy.decisions[d].clauses if not c.is_base]
    found = set()
    for facts in situations(policy):
        answer = Interpreter(policy, facts).decide(name)
        if answer is not None:
            found.add(
                frozenset(c for c in clauses if Interpreter(policy, facts, frozenset({c})).decide(name) != answer)
            )
    return found


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(policies())
def test_cells_turn_on_what_enumeration_finds(text: str) -> None:
    policy, _ = compiled(text)
    assert policy is not None
    for name in policy.decisions:
        grid = table(policy).grids.grid(name)
        tabulated = {
            frozenset(c for bit, c in enumerate(grid.clauses) if bits >> bit & 1)
            for sets in grid.by_depth.values()
            for bits in sets
        }
        assert tabulated == sets_by_enumeration(policy, name), text


def completions(policy: Policy, question: Question) -> list[dict[str, Any]]:
    """Every situation in which all that the question says is so."""
    said = {known["fact"]: known["value"] for known in question["situation"]}
    return [facts for facts in situations(policy) if all(facts[name] == value for name, value in said.items())]


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(policies(), st.integers(1, 3), st.integers(0, 10**6))
def test_a_question_has_its_depth_and_one_right_answer(text: str, depth: int, seed: int) -> None:
    policy, _ = compiled(text)
    assert policy is not None
    questions = table(policy)
    assume(questions.decisions(depth))
    question = questions.draw(Stream(seed), depth)
    assert question == questions.draw(Stream(seed), depth)
    decision = policy.decisions[question["topic"]["decision"]]
    worlds = completions(policy, question)
    answers = [Interpreter(policy, facts).decide(decision.name) for facts in worlds]
    assert {say(decision, answer) for answer in answers} == {question["answer"]}, text
    assert {len(turning(policy, decision.name, facts)) for facts in worlds} == {depth} == {question["depth"]}, text


def test_a_level_that_no_cell_reaches_names_the_deepest(store: Policy) -> None:
    with pytest.raises(
        Unsatisfiable, match=r"no question to the policy `corner-store` turns on 9 clauses; the deepest"
    ):
        table(store).draw(Stream(1), 9)
    with pytest.raises(Unsatisfiable, match=r"the decisions shipping_method of the policy .* the deepest turns on 1"):
        table(store).draw(Stream(1), 2, ["shipping_method"])
    with pytest.raises(UsageError, match="has no decision `weather`"):
        table(store).draw(Stream(1), 1, ["weather"])


def test_decisions_that_are_named_are_the_only_ones_asked_about(store: Policy) -> None:
    named = ["return_window", "return_eligible"]
    assert {table(store).draw(Stream(n), 1, named)["topic"]["decision"] for n in range(40)} == {*named}


def test_a_decision_with_one_answer_is_asked_about_only_where_no_other_can_be(store: Policy) -> None:
    questions = table(store)
    assert questions.answers("shipping_fee", 1) == (0,) and len(questions.answers("return_window", 1)) > 1
    assert questions.asked(1, ["shipping_fee"]) == ("shipping_fee",)
    assert "shipping_fee" not in questions.asked(1, ["shipping_fee", "return_window"])
    assert all(questions.draw(Stream(n), 1)["topic"]["decision"] != "shipping_fee" for n in range(60))


def test_the_answers_of_a_decision_are_equally_frequent() -> None:
    """Five of six kinds have the answer no, and so have most days."""
    policy, problems = compiled(
        "kind: Policy\nname: a\nfacts:\n"
        "  kind: {type: enum, values: [a, b, c, d, e, f]}\n  age: {type: days, min: 0, max: 300}\n"
        "decisions: {kept: {type: bool}}\n"
        "rules: |\n  decide kept as no\n    but yes when kind is a and age <= 3 days\n"
        "    but no when age > 2 days and age <= 200 days\n"
    )
    assert policy is not None, problems
    drawn = [table(policy).draw(Stream(n), 1) for n in range(300)]
    yes = sum(question["answer"] == "yes" for question in drawn)
    assert 120 < yes < 180


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(policies(), st.integers(1, 3))
def test_which_facts_are_given_tells_nothing_of_the_answer(text: str, depth: int) -> None:
    """All questions about a decision give the same facts, those aside that may be unknown."""
    policy, _ = compiled(text)
    assert policy is not None
    questions, unsure = table(policy), policy.known_when().keys()
    assume(questions.decisions(depth))
    given_: dict[str, set[frozenset[str]]] = {}
    for n in range(20):
        question = questions.draw(Stream(n), depth)
        facts = frozenset({known["fact"] for known in question["situation"]} - unsure)
        given_.setdefault(question["topic"]["decision"], set()).add(facts)
    assert all(len(sets) == 1 for sets in given_.values()), text


def test_numbers_often_lie_at_a_boundary(store: Policy) -> None:
    """Half of the numbers are at an end of their cell, and a uniform draw rarely is."""
    drawn = [table(store).draw(Stream(n), 1, ["return_eligible"]) for n in range(400)]
    days = [k["value"] for q in drawn for k in q["situation"] if k["fact"] == "order.days_delivered"]
    ends = {0, 14, 15, 29, 30, 44, 45}
    near = [day for day in days if day in ends or day - 1 in ends]
    assert BOUNDARY - 0.1 < len(near) / len(days)


def test_what_is_unknown_is_not_said_and_what_makes_it_so_is() -> None:
    policy, problems = compiled(
        "kind: Policy\nname: a\nfacts:\n"
        "  sent: {type: bool}\n  age: {type: days, min: 0, max: 9}\n"
        "assume: [age is known only when sent]\n"
        "decisions: {wait: {type: days}}\n"
        "rules: |\n  decide wait as 3 days\n    but age + 1 day when age is known\n    but 9 days when age is unknown\n"
    )
    assert policy is not None, problems
    drawn = [table(policy).draw(Stream(n), 1) for n in range(20)]
    said = {tuple(k["fact"] for k in q["situation"]) for q in drawn}
    assert said == {("sent",), ("sent", "age")}
    assert {q["answer"] for q in drawn if len(q["situation"]) == 1} == {"9 days"}


@pytest.mark.parametrize(("kind", "last"), [("garden", 30), ("books", 14), ("electronics", 15)])
def test_edges_are_the_days_after_which_a_decision_is_another(store: Policy, kind: str, last: int) -> None:
    fixed = {
        "item.category": kind, "item.final_sale": False, "order.is_gift": False, "order.status": "delivered",
        "customer.tier": "none",
    }  # fmt: skip
    assert edges(store, "return_eligible", "order.days_delivered", fixed) == (last,)
    assert edges(store, "return_eligible", "order.days_delivered", {**fixed, "item.final_sale": True}) == (0,)
    assert edges(store, "return_eligible", "order.days_delivered", {**fixed, "order.status": "shipped"}) == ()


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(policies(), st.integers(0, 10**6))
def test_edges_are_exact(text: str, seed: int) -> None:
    policy, _ = compiled(text)
    assert policy is not None
    worlds = list(situations(policy))
    fixed = {name: value for name, value in worlds[seed % len(worlds)].items() if name != "age"}
    for name in policy.decisions:
        decided = [Interpreter(policy, {**fixed, "age": day}).decide(name) for day in range(7)]
        assert edges(policy, name, "age", fixed) == tuple(d for d in range(6) if decided[d] != decided[d + 1]), text


def test_only_a_number_has_edges(store: Policy) -> None:
    with pytest.raises(UsageError, match="`order.is_gift` is no number"):
        edges(store, "return_window", "order.is_gift", {})
