"""The monitor of the rules of conduct, by itself: rules and tools are the plainest that will do."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from rlve_dsl.episode.conduct import Monitor
from rlve_dsl.user import NOTHING_STATED, Proposal, Stated

SHOP: Any = SimpleNamespace(ruled=lambda: {"gift": False})
NO_IDS: Any = SimpleNamespace(parameters=())


def tool(name: str) -> Any:
    """A tool whose calls are about their arguments."""
    return SimpleNamespace(
        name=name, about=lambda shop, arguments: arguments, signature=NO_IDS, facts=None, writes=name
    )


LOOK, SEND, ASK = tool("look"), tool("send"), tool("ask")


def rule(
    tool: str, step: str | None = None, applies: Callable[[dict[str, Any]], bool] = lambda about: True, twice: str = ""
) -> Any:
    text = f"require {step} before {tool}" if step else f"forbid {tool}"
    steps = () if step is None else tuple(step.split(" or "))
    about = lambda name, *, changes: changes if tool == "any change" else name == tool
    return SimpleNamespace(
        is_about=about, steps=steps, twice=twice, text=text, facts=frozenset({"gift"}), applies=applies
    )


def monitor(*rules: Any, enforce: bool = True) -> Monitor:
    known = lambda facts, about: {"of": sorted(facts), **about}
    policy = SimpleNamespace(conduct=rules, spec=SimpleNamespace(enforce=enforce))
    return Monitor(SimpleNamespace(policy=policy, known=known))  # type: ignore[arg-type]


def call(watching: Monitor, what: Any, **arguments: Any) -> str | None:
    """What forbids a call, which is made when nothing does."""
    forbidden = watching.before(what, SHOP, arguments)
    if forbidden is None:
        watching.called(what, arguments)
    return forbidden


def test_without_rules_all_is_well() -> None:
    for watching in (Monitor(None), monitor()):
        assert watching.owed(SEND, SHOP, {}) == () and call(watching, SEND) is None
        assert watching.names == {"compliance": 1.0, "violations": []}


def test_what_is_forbidden_is_neither_kept_nor_broken() -> None:
    watching = monitor(rule("send", "look"), rule("ask"))
    assert call(watching, ASK) == "forbid ask" and watching.owed(ASK, SHOP, {}) == ()
    assert watching.names == {"compliance": 1.0, "violations": []}


def test_a_step_left_out_is_a_violation_each_time() -> None:
    watching = monitor(rule("send", "look"))
    for _ in range(2):
        assert watching.owed(SEND, SHOP, {}) == ("look",)
        assert call(watching, SEND) is None
    broken = ["require look before send"] * 2
    assert watching.names == {"compliance": 0.0, "violations": broken} and watching.violations == tuple(broken)
    call(watching, LOOK)
    assert watching.owed(SEND, SHOP, {}) == () and call(watching, SEND) is None
    assert watching.names == {"compliance": 1 / 3, "violations": broken}
    watching.names["violations"].clear()
    assert watching.violations == tuple(broken)


def test_a_refused_step_does_not_count() -> None:
    watching = monitor(rule("send", "look"))
    watching.before(LOOK, SHOP, {})
    assert watching.owed(SEND, SHOP, {}) == ("look",)


def test_a_step_counts_for_the_same_arguments_as_far_as_both_take_them() -> None:
    watching = monitor(rule("send", "look"))
    call(watching, LOOK, order=1, deep=True)
    call(watching, ASK, order=2)
    assert watching.owed(SEND, SHOP, {"order": 2}) == ("look",), "another order was looked up"
    assert watching.owed(SEND, SHOP, {"order": 1, "line": 5}) == ()
    assert watching.owed(SEND, SHOP, {"line": 5}) == ()
    call(watching, LOOK, order=2)
    assert watching.owed(SEND, SHOP, {"order": 2}) == watching.owed(SEND, SHOP, {"order": 1}) == ()


def test_a_call_is_remembered_as_it_was_made() -> None:
    watching, arguments = monitor(rule("send", "look")), {"order": 1}
    watching.called(LOOK, arguments)
    arguments["order"] = 2
    assert watching.owed(SEND, SHOP, {"order": 1}) == () and watching.owed(SEND, SHOP, {"order": 2}) == ("look",)


def agreed(*tools: str) -> Proposal:
    return Proposal("change", tuple(Stated(name) for name in tools))


def test_an_agreement_to_another_tool_or_to_nothing_does_not_count() -> None:
    watching = monitor(rule("send", "confirmation"))
    for proposal in (NOTHING_STATED, agreed(), agreed("look")):
        watching.confirmed(proposal)
        assert watching.owed(SEND, SHOP, {}) == ("confirmation",)
    watching.confirmed(agreed("look", "send"))
    assert watching.owed(SEND, SHOP, {}) == ()


def test_a_refusal_takes_back_what_was_agreed_for_the_same_tool() -> None:
    watching = monitor(rule("send", "confirmation"), rule("ask", "confirmation"))
    watching.confirmed(agreed("send", "ask"))
    watching.refused(agreed("send"))
    assert watching.owed(SEND, SHOP, {}) == ("confirmation",) and watching.owed(ASK, SHOP, {}) == ()


def test_the_same_agreement_twice_still_allows_one_call() -> None:
    watching = monitor(rule("send", "confirmation"))
    watching.confirmed(agreed("send"))
    watching.confirmed(agreed("send"))
    call(watching, SEND)
    assert watching.owed(SEND, SHOP, {}) == ("confirmation",)


def test_a_confirmation_allows_one_call_under_a_rule_that_wants_it() -> None:
    watching = monitor(rule("send", "confirmation"), rule("ask", "look"))
    assert watching.owed(SEND, SHOP, {}) == ("confirmation",)
    watching.confirmed(agreed("send"))
    assert watching.owed(SEND, SHOP, {}) == ()
    call(watching, ASK)  # under another rule
    assert watching.owed(SEND, SHOP, {}) == () and call(watching, SEND) is None
    assert watching.violations == ("require look before ask",)
    assert watching.owed(SEND, SHOP, {}) == ("confirmation",)
    call(watching, SEND)
    assert watching.names == {
        "compliance": 1 / 3, "violations": ["require look before ask", "require confirmation before send"],
    }  # fmt: skip


def test_one_confirmation_serves_all_rules_of_a_call() -> None:
    watching = monitor(rule("send", "confirmation"), rule("send", "look"), rule("send", "confirmation"))
    watching.confirmed(agreed("send"))
    assert watching.owed(SEND, SHOP, {}) == ("look",) and call(watching, SEND) is None
    assert watching.names == {"compliance": 2 / 3, "violations": ["require look before send"]}


def test_a_rule_binds_only_where_it_applies() -> None:
    def gifts(about: dict[str, Any]) -> bool:
        return bool(about["gift"]) and about["of"] == ["gift"]

    watching = monitor(rule("send", "look", gifts), rule("send", None, lambda about: about.get("order") == 9))
    assert watching.owed(SEND, SHOP, {"gift": False}) == () and call(watching, SEND, gift=False) is None
    assert watching.names["compliance"] == 1.0 and watching.owed(SEND, SHOP, {"gift": True}) == ("look",)
    assert call(watching, SEND, gift=False, order=9) == "forbid send"
    assert watching.owed(SEND, SHOP, {"gift": False, "order": 9}) == (), "a call that is forbidden owes nothing"


def test_a_call_about_nothing_in_particular_is_ruled_by_the_store() -> None:
    plain: Any = SimpleNamespace(name="send", about=None, facts=None, writes="send")
    watching = monitor(rule("send", "look", lambda about: about["gift"] is False and about["of"] == ["gift"]))
    assert watching.owed(plain, SHOP, {}) == ("look",)


def test_a_fork_watches_by_itself() -> None:
    watching = monitor(rule("send", "confirmation"), rule("send", "look"))
    watching.confirmed(agreed("send"))
    fork = watching.fork()
    call(fork, LOOK)
    call(fork, SEND)
    call(fork, SEND)
    assert fork.names == {"compliance": 3 / 4, "violations": ["require confirmation before send"]}
    assert watching.owed(SEND, SHOP, {}) == ("look",) and watching.names == {"compliance": 1.0, "violations": []}


def test_one_of_several_steps_keeps_a_rule_and_the_first_is_owed() -> None:
    watching = monitor(rule("send", "look or ask"))
    assert watching.owed(SEND, SHOP, {}) == ("look",)
    call(watching, ASK)
    assert watching.owed(SEND, SHOP, {}) == () and call(watching, SEND) is None and not watching.violations


def test_a_rule_about_any_change_leaves_out_what_changes_nothing() -> None:
    watching = monitor(rule("any change", "ask"))
    looking: Any = SimpleNamespace(**{**vars(LOOK), "writes": None})
    assert watching.owed(looking, SHOP, {}) == () and watching.owed(SEND, SHOP, {}) == ("ask",)
    call(watching, looking)
    call(watching, SEND)
    assert watching.violations == ("require ask before any change",)


def test_a_second_call_for_one_thing_is_forbidden_or_counted() -> None:
    for enforce in (True, False):
        watching = monitor(rule("send", twice="order"), enforce=enforce)
        told = [call(watching, SEND, order=order) for order in (1, 2, 1)]
        assert told == [None, None, "forbid send" if enforce else None]
        assert watching.violations == (() if enforce else ("forbid send",))
