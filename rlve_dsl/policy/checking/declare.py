"""Checks the facts and decisions that a policy declares."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rlve_dsl import files
from rlve_dsl.diagnostics import Diagnostics, Related, did_you_mean
from rlve_dsl.policy.checking.sorts import Declared, Sort
from rlve_dsl.policy.language.reserved import NO_NAMES


def declare(source: files.Policy, diagnostics: Diagnostics) -> tuple[dict[str, Declared], dict[str, str]]:
    """Check the declarations of a policy.

    Returns:
        The declared names, and for each event the fact that counts the days since it.
    """
    names: dict[str, Declared] = {}
    events: dict[str, str] = {}
    for name, fact in source.facts.items():
        names[name] = Declared(name, Sort(fact.type, fact.values, name, fact.unit), fact.name.span, True)
        _check_fact(fact, diagnostics)
        if fact.since is None:
            continue
        event = fact.since.text
        if event in events:
            diagnostics.error(
                "P206", f"two facts count the days since `{event}`", fact.since.span,
                related=(Related(names[events[event]].span, f"`{events[event]}` does"),),
            )  # fmt: skip
        events.setdefault(event, name)
    for name, decision in source.decisions.items():
        _check_name(decision.name, diagnostics)
        _check_values(decision, diagnostics)
        if name in names:
            diagnostics.error(
                "P202", f"`{name}` is both a fact and a decision", decision.name.span,
                related=(Related(names[name].span, "declared as a fact here"),),
            )  # fmt: skip
            continue
        names[name] = Declared(
            name, Sort(decision.type, decision.values, name, decision.unit), decision.name.span, False
        )
    _check_alike(source, diagnostics)
    _check_bindings(source, diagnostics)
    return names, events


def _check_name(name: files.Name, diagnostics: Diagnostics) -> None:
    if name.text in NO_NAMES:
        diagnostics.error("P108", f"`{name.text}` is a word of the language and cannot be a name", name.span)


def _check_fact(fact: files.PolicyFact, diagnostics: Diagnostics) -> None:
    _check_name(fact.name, diagnostics)
    _check_values(fact, diagnostics)
    if fact.since is not None and fact.type != "days":
        diagnostics.error(
            "P206", f"days are counted since an event, and `{fact.name.text}` is {Sort(fact.type)}", fact.since.span,
            label="write `type: days`",
        )  # fmt: skip
    if fact.denied is not None and fact.type not in ("bool", "enum", "text"):
        diagnostics.error(
            "P216", f"`not` words a fact that is or is not so, and `{fact.name.text}` is {Sort(fact.type)}",
            fact.denied.span,
        )  # fmt: skip
    if fact.denies is not None and fact.type != "bool":
        diagnostics.error(
            "P216", f"`denies` words a fact that is yes or no, and `{fact.name.text}` is {Sort(fact.type)}", fact.denies.span
        )  # fmt: skip
    for template in (fact.phrase, fact.denied, fact.says, fact.denies):
        for found in () if template is None else re.findall(r"\{([^}]*)\}", template.text):
            if found != "value":
                diagnostics.error(
                    "P216", f"only `{{value}}` is filled in here, not `{{{found}}}`", template.span if template else None
                )  # fmt: skip
    _check_value_told(fact, diagnostics)


def _check_value_told(fact: files.PolicyFact, diagnostics: Diagnostics) -> None:
    """A sentence that states a fact has its value in it; one of a bool says that it is so, and has no place for yes or no."""
    name = fact.name.text
    sentences = {"phrase": fact.phrase, "says": fact.says}
    if fact.type in ("bool", "enum", "text"):
        sentences["not"] = fact.denied
    if fact.type == "bool":
        sentences["denies"] = fact.denies
    for key, template in sentences.items():
        if template is None or (has_value := "{value}" in template.text) == (fact.type != "bool"):
            continue
        if has_value:
            message = f"`{key}` has `{{value}}`, and `{name}` is {Sort(fact.type)}: the sentence itself says yes or no"
            diagnostics.error("P216", message, template.span)
        elif "{" not in template.text:  # other places are reported already
            message = f"`{key}` does not tell the value of `{name}`, which is {Sort(fact.type)}"
            diagnostics.error("P216", message, template.span, label="it has no `{value}`")


def _check_values(declared: files.PolicyFact | files.PolicyDecision, diagnostics: Diagnostics) -> None:
    name, span = declared.name.text, declared.name.span
    if declared.values and declared.type != "enum":
        diagnostics.error("P216", f"only an enum has `values`, and `{name}` is {Sort(declared.type)}", span)
    if declared.unit and declared.type != "number":
        diagnostics.error("P216", f"only a number has a `unit`, and `{name}` is {Sort(declared.type)}", span)
    twice = sorted({value for value in declared.values if declared.values.count(value) > 1})
    if twice:
        diagnostics.error("P216", f"`{name}` has the value `{twice[0]}` twice", span)
    known = ("yes", "no") if isinstance(declared, files.PolicyDecision) and declared.type == "bool" else declared.values
    said: dict[str, str] = {}
    for value in dict.fromkeys(known):
        words = declared.labels.get(value, value.replace("_", " "))
        if words in said:
            message = f"the values `{said[words]}` and `{value}` of `{name}` are both called `{words}`"
            diagnostics.error("P216", message, span, help="`labels` gives each its own words")
        said.setdefault(words, value)
    for value in declared.labels:
        if value not in known:
            near = did_you_mean(value, known)
            diagnostics.error("P205", f"`{value}` is not a value of `{name}`, and has a label", span, label=near)


def _check_alike(source: files.Policy, diagnostics: Diagnostics) -> None:
    """Report words that say two different things, at the second of the two.

    What a shopper says answers a question, so `It's {value}.` may be said of two facts.
    """
    nouns = [("noun", decision.name.text, decision.noun) for decision in source.decisions.values()]
    phrases = [
        (key, name, text)
        for name, fact in source.facts.items()
        for key, text in (("phrase", fact.phrase), ("not", fact.denied))
    ]
    spoken = [[("says", name, fact.says), ("denies", name, fact.denies)] for name, fact in source.facts.items()]
    for texts in (nouns, phrases, *spoken):
        first: dict[str, tuple[str, str, files.TemplateText]] = {}
        for key, name, text in texts:
            if text is None:
                continue
            words = " ".join(text.text.split()).casefold()
            if words in first:
                other_key, other, same = first[words]
                diagnostics.error(
                    "P216", f"`{key}` of `{name}` says the same as `{other_key}` of `{other}`", text.span,
                    related=(Related(same.span, "this one"),), help="each needs words of its own",
                )  # fmt: skip
            first.setdefault(words, (key, name, text))


def _check_bindings(source: files.Policy, diagnostics: Diagnostics) -> None:
    groups = {name.rpartition(".")[0] for name in source.facts} - {""}
    known: Mapping[str, None] = dict.fromkeys([*groups, *source.facts])
    for name, supplied in source.bind.items():
        if name not in known:
            diagnostics.error(
                "P217", f"`{name}` is neither a fact nor a group of facts", supplied.span, label=did_you_mean(name, known)
            )  # fmt: skip
