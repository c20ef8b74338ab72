"""How a store policy rules an episode: the facts of its rules, supplied by what a call is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rlve_dsl.expressions import Expression
from rlve_dsl.expressions.types import Type, type_of
from rlve_dsl.world.orders import Customer, Order, OrderLine
from rlve_dsl.world.state import CartLine

if TYPE_CHECKING:
    from rlve_dsl.policy import Policy, Ruling

RULED: Mapping[str, Type] = {
    "line": type_of(OrderLine | None),
    "order": type_of(Order | None),
    "shopper": type_of(Customer | None),
    "cart": type_of(Sequence[CartLine]),
}
"""What an expression that supplies a fact may read: what a call is about, as far as it is about such a thing."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the policy says of one call: whether it is allowed, and the fee in cents; `refusal` is the ruling that does
    not allow it."""

    allowed: bool = True
    fee_cents: int = 0
    refusal: Ruling | None = None

    @property
    def reason(self) -> str:
        """Why it is not allowed, in words; empty where it is."""
        return self.refusal.reason if self.refusal else ""

    @property
    def clauses(self) -> tuple[str, ...]:
        """The ids of the clauses that the refusal rests on."""
        return self.refusal.clauses if self.refusal else ()


@dataclass(frozen=True, slots=True)
class Governance:
    """A compiled policy and how a world supplies its facts: an expression for each fact over what a call is about."""

    policy: Policy
    facts: Mapping[str, Expression]

    def known(self, facts: Iterable[str], names: Mapping[str, Any]) -> dict[str, Any]:
        """Those of these facts that the world supplies where it is as `names` say; the others are unknown."""
        env = dict(names)
        return {name: self.facts[name](env) for name in sorted(self.facts.keys() & set(facts))}

    def ruling(self, decision: str, names: Mapping[str, Any]) -> Ruling:
        """What the policy decides where the world is as `names` say; a fact that nothing supplies is unknown."""
        return self.policy.decide(decision, self.known(self.policy.decisions[decision].facts, names))

    def supplied(self, decision: str) -> list[str]:
        """The facts of a decision that the world supplies, in the order of their names."""
        return sorted(self.facts.keys() & self.policy.decisions[decision].facts)

    def verdict(self, tool: str, names: Mapping[str, Any]) -> Verdict:
        """What the policy says of a call of this tool about these things; of a tool it does not govern, nothing.

        What it leaves open, for want of a fact, is not allowed; a fee that it leaves open is none.
        """
        governed = self.policy.governs.get(tool)
        if governed is None:
            return Verdict()
        if governed.allow is not None:
            ruling = self.ruling(governed.allow, names)
            if not ruling.value:
                return Verdict(allowed=False, refusal=ruling)
        return Verdict(fee_cents=int(self.ruling(governed.fee, names).value or 0) if governed.fee else 0)
