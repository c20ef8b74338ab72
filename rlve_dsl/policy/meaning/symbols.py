"""A policy as formulas of an SMT solver: facts as constants within their bounds, decisions as `If` trees over them.

Numbers of every unit are whole (cents, days, hundredths of a percent), words are codes: linear rules are decided exactly.
Belongs here: the encoding. Does not belong here: what is asked of it (`analysis`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rlve_dsl.policy.language import ast
from rlve_dsl.policy.meaning.breakpoints import known_when
from rlve_dsl.policy.meaning.columns import Words, decode

if TYPE_CHECKING:
    from rlve_dsl.policy.meaning.policy import Fact, Policy


@dataclass(frozen=True, slots=True)
class Symbol:
    """A value as a formula (Bool for yes and no, else Int), and the formula of its being known (None: always)."""

    value: Any
    known: Any = None


@dataclass(frozen=True, slots=True)
class Test:
    """The formulas of a condition's being known to hold, and of its being known not to (None: of not holding)."""

    yes: Any
    no: Any = None


class Symbols:
    """The facts, decisions and assumptions of a policy as formulas; each is built once."""

    def __init__(self, policy: Policy) -> None:
        import z3

        self._z3: Any = z3
        self._policy = policy
        self._words = Words()
        self._facts: dict[str, Symbol] = {}
        self._decided: dict[str, Symbol] = {}
        self._held: dict[int, Test] = {}
        self.bounds: list[Any] = []
        for fact in policy.facts.values():
            self._facts[fact.name] = Symbol(self._constant(fact))
        for name, conditions in known_when(policy).items():
            known = z3.And([self.holds(condition).yes for condition in conditions])
            self._facts[name] = Symbol(self._facts[name].value, known)
        self._held.clear()  # what was made before it was clear which facts may be unknown

    def _constant(self, fact: Fact) -> Any:
        """The constant of a fact, its bounds noted."""
        z3 = self._z3
        if fact.type == "bool":
            return z3.Bool(fact.name)
        constant = z3.Int(fact.name)
        if fact.type == "enum":
            codes = [self._words.code(value) for value in fact.values]
            self.bounds += [constant >= min(codes), constant <= max(codes)]
            if len(codes) <= max(codes) - min(codes):
                self.bounds.append(z3.Or([constant == code for code in codes]))
        if fact.type not in ("enum", "text"):
            self.bounds.append(constant >= (0 if fact.low is None else fact.low))
        if fact.high is not None:
            self.bounds.append(constant <= fact.high)
        return constant

    def assumption(self, assumption: ast.Assume) -> Any:
        """The formula of an assumption."""
        said = self.holds(assumption.condition).yes
        return said if assumption.only_when is None else self._z3.Implies(said, self.holds(assumption.only_when).yes)

    def read(self, model: Any, name: str) -> Any:
        """The value that a model gives a fact; None where it is unknown."""
        fact, symbol = self._policy.facts[name], self._facts[name]
        if symbol.known is not None and not self._z3.is_true(model.eval(symbol.known, model_completion=True)):
            return None
        return self.value_in(model, symbol, fact.type)

    def at_first(self, solver: Any, name: str) -> Any:
        """The formula of a fact's having the first value that a satisfiable solver still allows: the first of an enum, no
        before yes, the least number; true for a text."""
        z3, fact, constant = self._z3, self._policy.facts[name], self._facts[name].value

        def allowed(formula: Any) -> bool:
            return bool(solver.check(formula) == z3.sat)

        if fact.type == "bool":
            return z3.Not(constant) if allowed(z3.Not(constant)) else constant
        if fact.type == "enum":
            options = [constant == self._words.code(value) for value in fact.values]
            return next((option for option in options if allowed(option)), z3.BoolVal(True))
        if fact.type == "text":
            return z3.BoolVal(True)
        least = low = fact.low or 0
        step = 1
        while not allowed(constant <= low) and step < 2**40:
            least, low, step = low + 1, low + step, step * 2
        while least < low:
            middle = (least + low) // 2
            if allowed(constant <= middle):
                low = middle
            else:
                least = middle + 1
        return constant == low

    def value_in(self, model: Any, symbol: Symbol, type: str) -> Any:
        """The value that a formula has in a model."""
        found = model.eval(symbol.value, model_completion=True)
        return decode(found.as_long() if type != "bool" else int(self._z3.is_true(found)), type, self._words)

    # Decisions ------------------------------------------------------------------------------------------------------

    def decide(self, name: str) -> Symbol:
        """A decision's value."""
        if name not in self._decided:
            base, *buts = self._policy.decisions[name].tree.layers
            out = self.branch(base)
            for layer in buts:
                out = self._choose(self.when(layer.when), self.branch(layer), out)
            self._decided[name] = out
        return self._decided[name]

    def branch(self, branch: ast.Branch) -> Symbol:
        """What a branch comes to where it applies: its exceptions and adjustments included."""
        out = self._result(branch.value)
        for exception in reversed(branch.exceptions):
            out = self._choose(self.when(exception.when), self.branch(exception), out)
        for adjustment in branch.adjustments:
            amount = self.value(adjustment.amount)
            out = self._choose(self.when(adjustment.when), self._adjust(out, adjustment.operator, amount), out)
        return out

    def when(self, condition: ast.Condition | None) -> Any:
        """The formula of a clause's condition; true where it has none."""
        return self._z3.BoolVal(True) if condition is None else self.holds(condition).yes

    def _result(self, value: ast.Value | ast.Condition) -> Symbol:
        if isinstance(value, ast.Amount | ast.Ref | ast.Arithmetic | ast.Share):
            return self.value(value)
        test = self.holds(value)
        return Symbol(test.yes, None if test.no is None else self._z3.Or(test.yes, test.no))

    def _adjust(self, out: Symbol, sign: str, amount: Symbol) -> Symbol:
        a, b = out.value, amount.value
        values = {
            "plus": lambda: a + b,
            "minus": lambda: a - b,
            "at most": lambda: self._z3.If(a <= b, a, b),
            "at least": lambda: self._z3.If(a >= b, a, b),
        }
        return Symbol(values[sign](), self._both(out.known, amount.known))

    def _choose(self, where: Any, this: Symbol, that: Symbol) -> Symbol:
        z3 = self._z3
        known = None
        if this.known is not None or that.known is not None:
            yes = z3.BoolVal(True)
            known = z3.If(where, yes if this.known is None else this.known, yes if that.known is None else that.known)
        return Symbol(z3.If(where, this.value, that.value), known)

    def _both(self, a: Any, b: Any) -> Any:
        if a is None or b is None:
            return b if a is None else a
        return self._z3.And(a, b)

    # Values and conditions ------------------------------------------------------------------------------------------

    def value(self, node: ast.Value) -> Symbol:
        """A value as a formula."""
        z3 = self._z3
        match node:
            case ast.Amount(value=amount, unit=unit):
                if unit == "word" and amount in ("yes", "no"):
                    return Symbol(z3.BoolVal(amount == "yes"))
                return Symbol(z3.IntVal(self._words.code(amount) if isinstance(amount, str) else amount))
            case ast.Ref(name=name):
                return self.decide(name) if name in self._policy.decisions else self._facts[name]
            case ast.Arithmetic(operator=sign, left=left, right=right):
                a, b = self.value(left), self.value(right)
                values = {
                    "+": lambda: a.value + b.value,
                    "-": lambda: a.value - b.value,
                    "*": lambda: a.value * b.value,
                }
                return Symbol(values[sign](), self._both(a.known, b.known))
            case ast.Share(percent=percent, of=of):
                p, whole = self.value(percent), self.value(of)
                # z3 divides whole numbers downwards, as the language does for a positive divisor
                return Symbol((p.value * whole.value + 5000) / 10000, self._both(p.known, whole.known))

    def holds(self, condition: ast.Condition) -> Test:
        """A condition as formulas."""
        key = id(condition)
        if key not in self._held:
            self._held[key] = self._holds(condition)
        return self._held[key]

    def _holds(self, node: ast.Condition) -> Test:
        z3 = self._z3
        match node:
            case ast.Compare(left=left, rest=rest):
                parts, before = [], self.value(left)
                for sign, right in rest:
                    after = self.value(right)
                    parts.append(self._compare(sign, before, after))
                    before = after
                return self._joined(parts, "and")
            case ast.OneOf(left=left, options=options, wanted=wanted):
                symbol = self.value(left)
                found = self._joined([self._compare("is", symbol, self.value(option)) for option in options], "or")
                return found if wanted else self._negated(found)
            case ast.Between(left=left, low=low, high=high):
                symbol = self.value(left)
                ends = [(">=", low), ("<=", high)]
                return self._joined([self._compare(sign, symbol, self.value(end)) for sign, end in ends], "and")
            case ast.Within(amount=amount, since=since, wanted=wanted):
                passed = self._facts[self._policy.fact_since(since).name]
                return self._compare("<=" if wanted else ">", passed, self.value(amount))
            case ast.Holds(ref=ref):
                symbol = self.value(ref)
                if symbol.known is None:
                    return Test(symbol.value)
                return Test(z3.And(symbol.known, symbol.value), z3.And(symbol.known, z3.Not(symbol.value)))
            case ast.Known(ref=ref, wanted=wanted):
                known = self.value(ref).known
                test = Test(z3.BoolVal(True) if known is None else known)
                return test if wanted else self._negated(test)
            case ast.Not(condition=condition):
                return self._negated(self.holds(condition))
            case ast.Joined(operator=word, conditions=conditions):
                return self._joined([self.holds(condition) for condition in conditions], word)

    def _negated(self, test: Test) -> Test:
        return Test(self._z3.Not(test.yes)) if test.no is None else Test(test.no, test.yes)

    def _joined(self, tests: list[Test], word: str) -> Test:
        z3 = self._z3
        join, part = (z3.And, z3.Or) if word == "and" else (z3.Or, z3.And)
        yes = join([test.yes for test in tests])
        if all(test.no is None for test in tests):
            return Test(yes)
        return Test(yes, part([z3.Not(test.yes) if test.no is None else test.no for test in tests]))

    def _compare(self, sign: str, left: Symbol, right: Symbol) -> Test:
        a, b = left.value, right.value
        signs: Mapping[str, Any] = {
            "is": lambda: a == b, "is not": lambda: a != b, "<": lambda: a < b, "<=": lambda: a <= b,
            ">": lambda: a > b, ">=": lambda: a >= b,
        }  # fmt: skip
        found, known = signs[sign](), self._both(left.known, right.known)
        if known is None:
            return Test(found)
        return Test(self._z3.And(known, found), self._z3.And(known, self._z3.Not(found)))
