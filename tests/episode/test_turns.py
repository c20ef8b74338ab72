"""What a turn may be, what it causes, and how an episode ends."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

import pytest

from rlve_dsl.agents import OracleAgent, play
from rlve_dsl.episode import (
    Action,
    Call,
    Episode,
    Malformed,
    Scenario,
    Termination,
    parse_completion,
    parse_json_action,
    render_completion,
)
from rlve_dsl.errors import UsageError

Bend = Callable[..., Scenario]

SURE = {"omission": "0.999", "cart.variant_rate": "1", "cart.quantity_rate": "0"}
SAID = {"omission": "0", "cart.variant_rate": "1", "cart.quantity_rate": "0"}
LOOK = Action(calls=(Call("user.visit_history"),))
IDLE = Action("Nice weather today.")


def start(scenario: Scenario, level: int = 0, seed: int = 0) -> Episode:
    return scenario.reset(scenario.environments[0], level=level, seed=seed)


def results(episode: Episode) -> list[Any]:
    """What the last turn's calls returned, as the agent sees it."""
    return [json.loads(m["content"]) for m in episode.turns[-1].messages if m["role"] == "tool"]


def reply(episode: Episode) -> str:
    """What the user last said."""
    return next((m["content"] for m in reversed(episode.turns[-1].messages) if m["role"] == "user"), "")


def targets(episode: Episode) -> list[str]:
    """The ids of what is on the list, looked up as an agent would; spends a turn."""
    episode.step(LOOK)
    by_name = {visit["short_name"]: visit["product_id"] for visit in results(episode)[0]}
    return [by_name[entry["value"]] for entry in episode.parts[0].said["item"]]


def options(episode: Episode, product_id: str) -> list[dict[str, str]]:
    """The variants of a product; spends a turn."""
    episode.step(Action(calls=(Call("catalog.get_variants", {"product_id": product_id}),)))
    found: list[dict[str, str]] = results(episode)[0]
    return found


def oracle_turns(scenario: Scenario, level: int, seed: int) -> list[Action]:
    episode = start(scenario, level, seed)
    agent = OracleAgent(episode)
    while episode.outcome is None:
        episode.step(agent.act(episode.observation))
    return [turn.action for turn in episode.turns if isinstance(turn.action, Action)]


# Endings ------------------------------------------------------------------------------------------------------------

HARD = {
    "malformed": (Malformed("no action"), "malformed_action"),
    "malformed native text": (parse_completion("<tool_call>{'name'}</tool_call>"), "malformed_action"),
    "malformed JSON text": (parse_json_action("{"), "malformed_action"),
    "a number that is none": (
        parse_completion('<tool_call>{"name": "cart_add", "arguments": {"product_id": "x", "qty": NaN}}</tool_call>'),
        "malformed_action",
    ),
    "unknown tool": (Action(calls=(Call("cart.fly"),)), "illegal_call"),
    "finish as a call": (Action(calls=(Call("finish"),)), "illegal_call"),
    "missing argument": (Action(calls=(Call("cart.add"),)), "illegal_call"),
    "unknown argument": (Action(calls=(Call("cart.view", {"colour": "red"}),)), "illegal_call"),
    "ill-typed argument": (
        Action(calls=(Call("cart.add", {"product_id": "x", "qty": "two or three"}),)),
        "illegal_call",
    ),
    "half a unit": (Action(calls=(Call("cart.add", {"product_id": "x", "qty": 1.5}),)), "illegal_call"),
    "true is no number": (Action(calls=(Call("cart.add", {"product_id": "x", "qty": True}),)), "illegal_call"),
    "an unbounded number": (Action(calls=(Call("cart.add", {"product_id": "x", "qty": 10**40}),)), "illegal_call"),
    "a broken character": (Action(calls=(Call("catalog.search", {"query": "\ud800"}),)), "malformed_action"),
    "a call too many": (Action(calls=(Call("cart.view"),) * 8), "illegal_call"),
    "unknown answer field": (Action(answer={"total": 3}), "illegal_call"),
    "a wrong call beside an answer": (Action(calls=(Call("cart.fly"),), answer={}), "illegal_call"),
}


@pytest.mark.parametrize("turn", [1, 2, 4])
@pytest.mark.parametrize("what", HARD)
def test_a_hard_failure_is_minus_one_on_every_turn(first_steps: Scenario, what: str, turn: int) -> None:
    action, ending = HARD[what]
    episode = start(first_steps)
    for _ in range(turn - 1):
        assert episode.step(LOOK).reward is None
    step = episode.step(action)
    assert (step.reward, step.terminated, step.truncated) == (-1, True, False)
    assert episode.outcome is not None
    assert (episode.outcome.termination, episode.outcome.task, episode.outcome.correct) == (ending, -1, False)
    assert episode.outcome.reason and not episode.outcome.terms


def test_the_answer_of_discovery_has_exactly_its_fields(c1: Scenario) -> None:
    for answer in ({}, {"products": "one, two"}, {"products": [1.5]}, {"products": [], "more": 1}, {"products": None}):
        assert start(c1).step(Action(answer=answer)).reward == -1, answer
    assert start(c1).step(Action(answer={"products": []})).terminated


def endings(first_steps: Scenario, c1: Scenario) -> dict[str, Episode]:
    """One episode for each way to end."""
    found = {}
    for what, action in (
        ("answered", Action(answer={})),
        ("malformed_action", Malformed("x")),
        ("illegal_call", Action(calls=(Call("x"),))),
    ):
        episode = found[what] = start(first_steps)
        episode.step(action)
    spent = found["turns_spent"] = start(first_steps)
    while spent.outcome is None:
        spent.step(LOOK)
    gone = found["gave_up"] = start(first_steps, 12)
    while gone.outcome is None:
        gone.step(IDLE)
    cut = found["cut_off"] = start(first_steps)
    cut.step(LOOK)
    cut.cut_off("out of tokens")
    catalog = c1.compiled.catalog
    restricted = next(p["id"] for p in (catalog.product(r) for r in range(catalog.size)) if p["restricted"])
    forbidden = found["forbidden"] = start(c1)
    forbidden.step(Action(answer={"products": [restricted]}))
    return found


def test_every_way_to_end_is_reached_and_graded(first_steps: Scenario, c1: Scenario) -> None:
    found = endings(first_steps, c1)
    assert found.keys() == set(get_args(Termination))
    for termination, episode in found.items():
        outcome = episode.outcome
        assert outcome is not None and outcome.termination == termination
        assert -1 <= outcome.reward <= 1
        if termination != "answered":
            assert outcome.task == -1 and not outcome.correct
        if termination in ("malformed_action", "illegal_call", "forbidden"):
            assert outcome.reward == -1


def test_nothing_happens_after_the_end(first_steps: Scenario, c1: Scenario) -> None:
    for episode in endings(first_steps, c1).values():
        turns = len(episode.turns)
        for act in (lambda e: e.step(LOOK), lambda e: e.cut_off("late")):
            with pytest.raises(UsageError, match="ended"):
                act(episode)
        assert len(episode.turns) == turns


def test_only_a_cut_off_is_truncated(first_steps: Scenario) -> None:
    episode = start(first_steps)
    step = episode.cut_off("out of tokens")
    assert (step.terminated, step.truncated) == (False, True)
    assert episode.outcome is not None and episode.outcome.reason == "out of tokens"


def test_a_restricted_product_is_forbidden_in_a_cart(general_cart: Scenario) -> None:
    catalog = general_cart.compiled.catalog
    products = (catalog.product(row) for row in range(catalog.size))
    product = next(p for p in products if p["restricted"] and p["in_stock"] and not p["has_variants"])
    step = start(general_cart).step(Action(calls=(Call("cart.add", {"product_id": product["id"]}),)))
    assert step.reward == -1 and step.info["outcome"]["termination"] == "forbidden"


def test_a_malformed_turn_has_no_effects(bend: Bend) -> None:
    episode = start(bend(SAID), seed=3)
    product = targets(episode)[0]
    variant = options(episode, product)[0]["variant_id"]
    episode.step(Action(calls=(Call("cart.add", {"product_id": product, "variant_id": variant}),)))
    episode.step(Malformed("x"))
    assert [len(turn.effects) for turn in episode.turns] == [0, 0, 1, 0]


# Budgets ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", [0, 5, 12])
def test_budgets_are_those_of_the_level(first_steps: Scenario, level: int) -> None:
    episode = start(first_steps, level)
    assert (episode.turn_budget, episode.tool_budget) == (4 + level // 2, 1 + level // 2)
    assert episode.step(Action(calls=(Call("cart.view"),) * episode.tool_budget)).reward is None
    assert len(results(episode)) == episode.tool_budget
    while episode.outcome is None:
        episode.step(LOOK)
    assert len(episode.turns) == episode.turn_budget


def test_a_budget_in_the_environment_goes_before_the_axis(bend: Bend) -> None:
    scenario = bend({}, ("answer: {}", "budget: {turns: 2 + items}\nanswer: {}"))
    assert start(scenario, 0).turn_budget == 3


def test_the_last_turn_may_answer(first_steps: Scenario) -> None:
    episode = start(first_steps)
    for _ in range(episode.turn_budget - 1):
        episode.step(LOOK)
    assert episode.step(Action(answer={})).info["outcome"]["termination"] == "answered"


# Calls and answers --------------------------------------------------------------------------------------------------


def test_a_refusal_is_a_result_and_changes_nothing(first_steps: Scenario) -> None:
    episode = start(first_steps)
    step = episode.step(Action(calls=(Call("cart_add", {"product_id": "nothing"}),)))
    assert step.reward is None and not step.terminated
    assert results(episode) == [{"refused": "unknown product id `nothing`"}]
    assert not episode.turns[0].effects


def test_calls_run_in_order_and_then_the_answer_is_graded(bend: Bend) -> None:
    scenario = bend({**SAID, "tool_budget": "9"})
    episode = start(scenario)
    product = targets(episode)[0]
    label = episode.parts[0].said["variant"][0]["value"]
    variant = next(o["variant_id"] for o in options(episode, product) if o["label"] == label)
    add = Call("cart.add", {"product_id": product, "variant_id": variant})
    step = episode.step(Action(calls=(add, Call("cart.remove", {"line_id": "L1"}), add), answer={}))
    assert [r.refused for r in episode.turns[-1].results] == [None, None, None]
    assert step.info["outcome"]["correct"]


def test_a_message_is_answered_beside_the_results_and_silence_is_not(first_steps: Scenario) -> None:
    episode = start(first_steps)
    assert [m["role"] for m in episode.step(LOOK).observation.messages] == ["tool"]
    both = episode.step(Action("How many?", LOOK.calls)).observation.messages
    assert [m["role"] for m in both] == ["tool", "user"]
    assert episode.step(Action()).observation.messages == ()


def test_a_tool_answers_to_its_name_and_its_wire_name(first_steps: Scenario) -> None:
    episode = start(first_steps, 12)
    for name in ("user.visit_history", "user_visit_history"):
        assert episode.step(Action(calls=(Call(name),))).reward is None
    first, second = ([result.value for result in turn.results] for turn in episode.turns)
    assert first == second


@pytest.mark.parametrize("level", [0, 4, 12])
def test_both_forms_drive_the_same_runtime(first_steps: Scenario, level: int) -> None:
    actions = oracle_turns(first_steps, level, 1)
    native, in_json = start(first_steps, level, 1), start(first_steps, level, 1)
    for action in actions:
        native.step(parse_completion(render_completion(action)))
        in_json.step(parse_json_action(json.dumps(action.as_json())))
    assert native.outcome is not None and native.outcome.correct
    assert native.outcome == in_json.outcome
    assert [(t.messages, t.effects, t.discounted) for t in native.turns] == [
        (t.messages, t.effects, t.discounted) for t in in_json.turns
    ]


# The user -----------------------------------------------------------------------------------------------------------


def question(episode: Episode, fact: str, number: int = 0) -> str:
    return [ask for _, _, ask in episode.parts[0].questions([fact])][number]


def efficiency(episode: Episode) -> float:
    while episode.outcome is None:
        episode.step(Action(answer={}))
    return next(t.value for t in episode.outcome.terms if t.name == "efficiency")


def paid(used: int, budget: int) -> float:
    return 1 - 2 * (used - 1) / (budget - 1)


def test_a_turn_that_got_something_left_out_is_free_once(bend: Bend) -> None:
    episode = start(bend({**SURE, "cart.items": "2"}), 12)
    episode.step(Action(question(episode, "variant", 0)))
    episode.step(Action(question(episode, "variant", 0)))
    assert [t.discounted for t in episode.turns] == [True, False]
    assert efficiency(episode) == paid(3 - 1, episode.turn_budget)


def test_a_turn_with_calls_is_never_free(bend: Bend) -> None:
    episode = start(bend(SURE), 12)
    episode.step(Action(question(episode, "variant"), LOOK.calls))
    assert [t.discounted for t in episode.turns] == [False]
    assert efficiency(episode) == paid(2, episode.turn_budget)


def test_what_no_opening_says_makes_no_turn_free(bend: Bend) -> None:
    episode = start(bend(SURE), 12)
    episode.step(Action(question(episode, "fallback")))
    assert episode.parts[0].said["fallback"] and [t.discounted for t in episode.turns] == [False]


def test_asking_again_is_answered_and_not_free(bend: Bend) -> None:
    episode = start(bend(SURE), 12)
    ask = question(episode, "variant")
    label = str(next(s.value for s in episode.parts[0].open_slots if s.fact == "variant"))
    for _ in range(2):
        episode.step(Action(ask))
        assert label in reply(episode)
    assert [t.discounted for t in episode.turns] == [True, False]


def test_patience_is_spent_by_messages_that_lead_nowhere(bend: Bend) -> None:
    episode = start(bend(SURE), 12)
    helpful = (Action(question(episode, "variant")), Action("Let me see.", LOOK.calls), Action())
    for action in (IDLE, *helpful, IDLE):
        assert episode.step(action).reward is None
    assert episode.step(IDLE).info["outcome"]["termination"] == "gave_up"
    assert episode.turns[-1].reply is not None and episode.turns[-1].reply.acts == ("ragequit",)


def put_in(episode: Episode, product: str, label: str, right: bool) -> Call:
    variant = next(o["variant_id"] for o in options(episode, product) if (o["label"] == label) is right)
    return Call("cart.add", {"product_id": product, "variant_id": variant})


def test_a_reaction_speaks_once_for_each_item(bend: Bend) -> None:
    episode = start(bend({**SURE, "cart.items": "2", "turn_budget": "20"}), 12, 2)
    products = targets(episode)
    labels = {s.key: s.value for s in episode.parts[0].open_slots if s.fact == "variant"}
    calls = tuple(put_in(episode, p, str(labels[i]), right=False) for i, p in enumerate(products))
    spoken = []
    for action in (Action("In they go.", calls), Action("And?"), Action("And now?")):
        episode.step(action)
        reaction = episode.turns[-1].reply
        assert reaction is not None
        spoken.append("correct" in reaction.acts)
    assert spoken == [True, True, False]
    assert not episode.parts[0].questions(["variant"])  # both have been disclosed
    assert not any(t.discounted for t in episode.turns)


def test_an_item_stays_itself_while_it_changes(bend: Bend) -> None:
    scenario = bend({**SURE, "turn_budget": "20"}, ("      discloses: variant[w]\n", ""))
    episode = start(scenario, 12)
    product = targets(episode)[0]
    label = str(next(s.value for s in episode.parts[0].open_slots if s.fact == "variant"))
    episode.step(Action("There.", (put_in(episode, product, label, right=False),)))
    assert "That's the wrong" in reply(episode)
    episode.step(Action("Two, then.", (Call("cart.set_quantity", {"line_id": "L1", "qty": 2}),)))
    assert "That's the wrong" not in reply(episode)


def test_what_sells_out_does_so_after_the_first_turn(bend: Bend) -> None:
    episode = start(bend({**SAID, "stock_outs": "1"}), 12)
    products = targets(episode)
    visited = [visit["product_id"] for visit in results(episode)[0]]
    assert all(visit["in_stock"] for visit in results(episode)[0])
    episode.step(LOOK)
    assert [v for v in results(episode)[0] if v.keys() > {"product_id"}] == [
        {"product_id": id_, "in_stock": False} for id_ in visited if id_ in products
    ]
    variant = options(episode, products[0])[0]["variant_id"]
    episode.step(Action(calls=(Call("cart.add", {"product_id": products[0], "variant_id": variant}),)))
    assert results(episode)[0]["refused"].endswith("is out of stock")
    assert [len(t.effects) for t in episode.turns] == [len(products), 0, 0, 0]


def test_what_was_put_in_before_it_sold_out_is_shown_as_gone(bend: Bend) -> None:
    scenario = bend({**SAID, "stock_outs": "1", "tool_budget": "9"})
    product = targets(start(scenario, 12))[0]
    variant = options(start(scenario, 12), product)[0]["variant_id"]
    episode = start(scenario, 12)
    episode.step(Action(calls=(Call("cart.add", {"product_id": product, "variant_id": variant}),)))
    assert results(episode)[0]["in_stock"]
    episode.step(Action(calls=(Call("cart.view"),)))
    assert not results(episode)[0]["lines"][0]["in_stock"]


# Rewards ------------------------------------------------------------------------------------------------------------


def test_a_reward_is_the_sum_of_its_terms_each_with_a_reason(first_steps: Scenario, c1: Scenario) -> None:
    for episode in endings(first_steps, c1).values():
        outcome = episode.outcome
        assert outcome is not None
        if outcome.terms:
            assert outcome.reward == pytest.approx(sum(t.weight * t.value for t in outcome.terms))
            assert all(t.reason for t in outcome.terms)


@pytest.mark.parametrize(
    ("looks", "cost"),
    [
        (("catalog.search", "catalog.get_variants"), 0),
        (("catalog.search",), -0.5),  # `fox-red` is guessed
        (("catalog.get_variants",), -0.5),
        (("catalog.get_product", "catalog.rerank"), -1),  # they repeat a guessed id
        ((), -1),
    ],
)
def test_putting_out_an_id_that_no_tool_showed_costs(
    first_steps: Scenario, looks: tuple[str, ...], cost: float
) -> None:
    catalog = first_steps.compiled.catalog
    products = (catalog.product(row) for row in range(catalog.size))
    product = next(p for p in products if p["in_stock"] and p["has_variants"])
    about = {"product_id": product["id"]}
    arguments = {
        "catalog.search": {"query": product["title"], "top_k": 40},
        "catalog.rerank": {"query": product["title"], "product_ids": [product["id"]]},
    }
    episode = start(first_steps, 12)
    for name in looks:
        episode.step(Action(calls=(Call(name, arguments.get(name, about)),)))
        assert episode.turns[-1].results[0].refused is None
    variant = catalog.variants(product.row)[0]["variant_id"]
    add = Call("cart.add", {**about, "variant_id": variant})
    episode.step(Action(calls=(add, Call("cart.view")), answer={}))  # a cart shows nothing new
    assert episode.turns[-1].effects
    assert episode.outcome is not None
    assert next(t.value for t in episode.outcome.terms if t.name == "hallucination") == cost


@pytest.mark.parametrize("name", ["discovery", "substitution", "cart", "bundle", "journey"])
def test_the_right_products_do_not_pass_when_no_tool_has_shown_them(c8: Scenario, name: str) -> None:
    """An agent that knows the catalog by heart has to look things up like any other."""
    played = c8.reset(name, level=4, seed=3)
    play(played, OracleAgent(played))
    script = [turn.action for turn in played.turns if isinstance(turn.action, Action)]
    recalled = c8.reset(name, level=4, seed=3)
    for action in script:
        kept = tuple(call for call in action.calls if (tool := played.tool(call.name)) and tool.writes)
        recalled.step(replace(action, calls=kept))
    known, by_heart = played.outcome, recalled.outcome
    assert known is not None and known.correct
    assert by_heart is not None and not by_heart.correct
    assert by_heart.reward < 0.6 * known.reward
    reasons = [by_heart.reason, *(part.reason for part in by_heart.parts)]
    assert any("no tool has shown" in reason for reason in reasons)


def test_names_of_tools_and_fields_are_read_in_other_forms(c1: Scenario, first_steps: Scenario) -> None:
    episode = start(first_steps)
    for name in ("user.visit_history", "user_visit_history", "User-Visit-History"):
        episode.step(Action(calls=(Call(name),)))
        assert episode.outcome is None and episode.turns[-1].results[0].tool.name == "user.visit_history"
    episode = start(c1)
    step = episode.step(Action(answer={"Products": []}))
    assert step.outcome is not None and step.outcome.termination == "answered"
    step = start(c1).step(Action(answer={"products": [], "Products": []}))
    assert step.outcome is not None and step.outcome.termination == "illegal_call"


def test_a_form_that_nobody_knows_has_no_prompt(first_steps: Scenario) -> None:
    episode = first_steps.reset("cart", level=0, seed=0)
    with pytest.raises(UsageError, match="there is no action form `xml`; forms: native, json"):
        episode.prompt("xml")  # type: ignore[arg-type]


def test_the_prompt_says_how_long_a_message_may_be(first_steps: Scenario) -> None:
    prompt = start(first_steps).prompt("native")
    most = int(re.findall(r"has more than ([\d,]+) characters", prompt)[0].replace(",", ""))
    assert isinstance(parse_completion("a" * most), Action)
    assert isinstance(parse_completion("a" * (most + 1)), Malformed)
