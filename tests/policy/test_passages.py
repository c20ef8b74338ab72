"""Passages: every clause says all that it says, once, and an author's own text does too."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings

from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.policy import Policy, analyse, ast, passages
from rlve_dsl.policy.english.wording import literal
from tests.policy.conftest import compiled, store_text
from tests.policy.generated import policies


def amounts(node: ast.Node) -> list[ast.Amount]:
    if isinstance(node, ast.Amount):
        return [node]
    return [amount for child in ast.children(node) for amount in amounts(child)]


def shares(clause: ast.Clause) -> int:
    """How many shares a clause takes."""

    def count(node: ast.Node) -> int:
        return isinstance(node, ast.Share) + sum(map(count, ast.children(node)))

    return sum(map(count, clause.parts))


def _plainly(text: str) -> str:
    """A text without its negations."""
    return text.casefold().replace("cannot ", "can ").replace("not ", "")


def all_that_it_says(policy: Policy) -> None:
    said = passages(policy)
    assert [p.id for p in said] == [c.id for d in policy.decisions.values() for c in d.clauses]
    for passage in said:
        decision = policy.decisions[passage.decision]
        clause = next(c for c in decision.clauses if c.id == passage.id)
        assert re.fullmatch(r"[A-Z0-9$].*\.", passage.text) and "{" not in passage.text, passage
        assert passage.title == decision.title
        assert shares(clause) == len(re.findall(r"\(rounded to ", passage.text)), passage
        assert passage.title.removeprefix("whether ").casefold() in _plainly(passage.text), passage
        for part in clause.parts:
            for amount in amounts(part):
                if amount.unit != "word":
                    assert literal(amount) in passage.text, passage
            said_plainly = _plainly(passage.text)
            for name in policy.names_in(part):
                if name in policy.decisions:
                    noun = policy.decisions[name].title
                    assert noun in passage.refers and noun.removeprefix("whether ").casefold() in said_plainly, passage
                else:
                    fact = policy.facts[name]
                    stems = (
                        fact.phrase.partition("{")[0].strip() or fact.title,
                        fact.title,
                        fact.denied.partition("{")[0].strip(),
                    )
                    assert any(s and s.replace("not ", "").casefold() in said_plainly for s in stems), passage


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(policies())
def test_values_facts_and_decisions_of_a_clause_are_in_its_text(text: str) -> None:
    policy, problems = compiled(text)
    assert policy is not None, problems
    all_that_it_says(policy)


@pytest.mark.parametrize(
    ("clause", "text"),
    [
        ("return_window.0", "By default, the return window is 30 days."),
        ("return_window.1", "The return window is 15 days instead if the item is from electronics or automotive."),
        (
            "return_window.3",
            "Where the item is from books or beauty, the return window is 30 days instead if it is a gift.",
        ),
        ("return_window.4", "15 days are added to the return window if customer tier is premium."),
        (
            "return_window.5",
            "If the item was final sale, the return window is 0 days, whatever the rules before this one say.",
        ),
        (
            "restocking_fee.0",
            "By default, the restocking fee is 15% of item price (rounded to the cent, half a cent up).",
        ),
        ("restocking_fee.3", "The restocking fee is at most $50, counted after what is added and taken off before."),
        (
            "shipping_fee.1",
            "Shipping fee is $0 instead if order total is at least $35 or customer tier is not no membership.",
        ),
        (
            "return_eligible.0",
            "A return is possible if it was delivered at most the return window ago and the order is delivered, and not otherwise.",
        ),
    ],
)
def test_what_a_passage_sounds_like(store: Policy, clause: str, text: str) -> None:
    assert next(p.text for p in passages(store) if p.id == clause) == text


def _written(rules: str) -> list[str]:
    """The passages of rules, without those of the defaults."""
    types = {"fee": "money", "wait": "days", "cut": "percent", "most": "number"}
    policy, problems = compiled(
        "kind: Policy\nname: a\nfacts:\n  price: {type: money, min: $0, max: $900}\n  new: {type: bool}\n"
        "  age: {type: days, min: 0, max: 99}\n  rate: {type: percent, min: 0%, max: 9%}\n  many: {type: number, min: 0, max: 9}\n"
        f"decisions: {{{', '.join(f'{name}: {{type: {of}}}' for name, of in types.items() if f'decide {name}' in rules)}}}\n"
        f"rules: |\n{rules}"
    )
    assert policy is not None, problems
    return [p.text for p in passages(policy) if not p.id.endswith(".0")]


def test_a_passage_says_how_a_share_is_rounded_wherever_it_is_taken() -> None:
    """The answer must be right to the cent."""
    rules = (
        "  decide fee as $1\n    except rate of price when 10% of price > $3\n"
        "  decide wait as 1 day\n    but 50% of (age + 1 day)\n"
        "  decide cut as 1%\n    but 50% of rate\n"
        "  decide most as 1\n    but 50% of many\n"
    )
    fee, wait, cut, most = _written(rules)
    assert fee.count("(rounded to the cent, half a cent up)") == 2
    assert "(rounded to a whole day, half a day up)" in wait
    assert "(rounded to a hundredth of a percent, half of one up)" in cut
    assert "(rounded to a whole number, a half up)" in most


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ("except 50% of price when new\n      at most $9\n    plus $2", "counted before what is added and taken off in other cases too"),
        ("except $4 when new\n      plus $3 when price > $5\n    at most $6", "counted after what is added and taken off before"),
        ("plus $3 when new\n    at most $2", "counted after what is added and taken off before"),
        ("at most $7 when new\n    plus $3", "counted after the limits before it"),
        ("at most $9 when new\n    at least $2", "is at least $2, counted after the limits before it"),
    ],
)  # fmt: skip
def test_a_passage_says_which_of_a_limit_and_a_change_is_counted_first(rules: str, words: str) -> None:
    assert sum(words in text for text in _written(f"  decide fee as price\n    {rules}\n")) == 1


def test_a_percentage_that_is_added_is_percentage_points() -> None:
    (text,) = _written("  decide cut as 5%\n    plus 3% when new\n")
    assert text == "3% (percentage points) is added to cut if new is yes."


def told(passage: str) -> list[tuple[str, str]]:
    policy, problems = compiled(f"{store_text()}passages:\n  {passage}\n")
    assert policy is not None, problems
    found = Diagnostics()
    analyse(policy, found)
    return [(d.code, d.message) for d in found.items if d.code == "P308"]


def test_a_passage_of_the_author_s_own_mentions_every_value() -> None:
    assert told("return_window.1: Gadgets (electronics, automotive) come back within 15 days.") == []
    assert told("return_window.1: Electronics come back within two weeks.") == [
        ("P308", "the passage of `return_window.1` does not mention `15 days` and `automotive`")
    ]
    assert told("restocking_fee.0: We keep 15% of the price.") == [
        ("P308", "the passage of `restocking_fee.0` does not mention `rounded`")
    ]
    assert told("return_window.9: Never.") == [("P308", "there is no clause `return_window.9`")]


def test_a_passage_of_the_author_s_own_is_shown(store: Policy) -> None:
    policy, _ = compiled(f"{store_text()}passages:\n  return_window.0: You have 30 days.\n")
    assert policy is not None
    own = {p.id: p.text for p in passages(policy)}
    assert own["return_window.0"] == "You have 30 days."
    assert own["return_window.1"] == next(p.text for p in passages(store) if p.id == "return_window.1")
