"""How a store policy rules on calls: the facts of its rules come from what a call is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from rlve_dsl.expressions import Expression
from rlve_dsl.expressions.types import Type, type_of
from rlve_dsl.frozen import frozen
from rlve_dsl.values import Names, Value
from rlve_dsl.world.orders import Customer, Order, OrderLine
from rlve_dsl.world.state import State
from rlve_dsl.world.store import CART_LINE, CartLine

if TYPE_CHECKING:
    from rlve_dsl.policy import Policy, Ruling

RULED: Mapping[str, Type] = {
    "line": type_of(OrderLine | None),
    "order": type_of(Order | None),
    "shopper": type_of(Customer | None),
    "cart": type_of(Sequence[CartLine]),
}
"""What the expression of a fact may read: the things that a call is about, each unknown where there is none."""


def ruled(state: State, order: Order | None = None, line: OrderLine | None = None) -> Names:
    """The names of RULED for a call about this order and line."""
    cart = state.tables.names.get(CART_LINE.table, ())
    return {"line": line, "order": order, "shopper": state.provided.get("shopper"), "cart": cart}


@frozen
class Verdict:
    """How the policy rules on one call.

    Attributes:
        allowed: Whether the call is allowed.
        fee_cents: The fee for it.
        refusal: The ruling that forbids it, if one does.
    """

    allowed: bool = True
    fee_cents: int = 0
    refusal: Ruling | None = None

    @property
    def reason(self) -> str:
        """Why the call is not allowed; empty when it is."""
        return self.refusal.reason if self.refusal else ""

    @property
    def clauses(self) -> tuple[str, ...]:
        """The ids of the clauses that forbid the call."""
        return self.refusal.clauses if self.refusal else ()


@frozen
class Governance:
    """A compiled policy, and for each fact that the world supplies an expression over the names of RULED."""

    policy: Policy
    facts: Mapping[str, Expression]

    def known(self, facts: Iterable[str], names: Mapping[str, Value]) -> Names:
        """The values of those facts that the world supplies; the others are unknown."""
        return {name: self.facts[name](names) for name in sorted(self.facts.keys() & set(facts))}

    def ruling(self, decision: str, names: Mapping[str, Value]) -> Ruling:
        """What the policy decides for a call about these things; facts that the world does not supply are unknown."""
        return self.policy.decide(decision, self.known(self.policy.decisions[decision].facts, names))

    def supplied(self, decision: str) -> list[str]:
        """The facts of a decision that the world supplies, by name."""
        return sorted(self.facts.keys() & self.policy.decisions[decision].facts)

    def verdict(self, tool: str, names: Mapping[str, Value]) -> Verdict:
        """How the policy rules on a call of this tool about these things. Tools it does not govern are allowed and free.

        A call is not allowed when the policy cannot decide for want of a fact. A fee that it cannot decide is 0.
        """
        governed = self.policy.governs.get(tool)
        if governed is None:
            return Verdict()
        if governed.allow is not None:
            ruling = self.ruling(governed.allow, names)
            if not ruling.value:
                return Verdict(allowed=False, refusal=ruling)
        return Verdict(fee_cents=int(self.ruling(governed.fee, names).value or 0) if governed.fee else 0)
