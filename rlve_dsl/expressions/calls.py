"""Calls of functions and uses of definitions."""

from __future__ import annotations

import keyword
from dataclasses import replace

from rlve_dsl.diagnostics import PLUGIN_HINT, Diagnostics, did_you_mean
from rlve_dsl.expressions import ast
from rlve_dsl.expressions.agreement import described, lacking, unit_hint
from rlve_dsl.expressions.ast import Node
from rlve_dsl.expressions.code import Code, constant, function_of, is_simple, variable, with_values
from rlve_dsl.expressions.columns import beside_column
from rlve_dsl.expressions.declare import Function, Parameter, Signature, unify
from rlve_dsl.expressions.declare import bind as bind_types
from rlve_dsl.expressions.format import format_expression
from rlve_dsl.expressions.parse import parse
from rlve_dsl.expressions.scope import Definition, over_items
from rlve_dsl.expressions.types import ANY, NOTHING, TEXT, Keyed, ListOf, Optional, Over, Type, Variable, required
from rlve_dsl.expressions.walk import (
    BROKEN,
    COLUMN,
    COLUMNS,
    ROW,
    TABLE,
    Local,
    Log,
    NotColumnar,
    Typed,
    Walk,
    holds_any,
)

MOST_USES = 500
"""Uses of definitions in one expression, with the uses in their bodies."""

DEEPEST_USE = 12
"""Definitions that use one another."""

MOST_WORDS = 10_000
"""Bare words that the definitions of one expression put in the place of their parameters."""

# what authors who know Python or a spreadsheet write
_FOREIGN = {
    "len": "count", "size": "count", "length": "count", "avg": "mean", "average": "mean", "int": "floor",
    "maximum": "max", "minimum": "min", "argmax": "top", "unique": "distinct", "set": "distinct", "filter": "select",
    "ceiling": "ceil", "if": "a if c else b", "str": "", "float": "", "map": "", "print": "",
}  # fmt: skip


def call(walk: Walk, node: ast.CallNode, expected: Type | None) -> Typed:
    """A call of a function or a definition."""
    definition = walk.scope.definitions.get(node.name)
    if definition is not None:
        return _use(walk, node, definition, expected)
    function = walk.scope.functions.get(node.name)
    if function is None:
        known = [*walk.scope.functions, *walk.scope.definitions]
        other = _FOREIGN.get(node.name, "")
        label = f"write `{other}(…)`" if other in walk.scope.functions else did_you_mean(node.name, known)
        if walk.type_of(node.name) is not None:
            return walk.error("R109", f"`{node.name}` is a name, not a function", node, label=label)
        plugin = walk.scope.elsewhere.get(node.name)
        brought = f"`{node.name}` is brought by `{plugin}`; write `plugins: [{plugin}]`" if plugin else ""
        if not brought and not label and node.name not in _FOREIGN:
            brought = PLUGIN_HINT
        return walk.error("R109", f"there is no function `{node.name}`", node, label=label, help=brought)
    given = _given(walk, function, node)
    if given is None:
        return BROKEN
    signature, arguments = given
    bound: dict[str, Type] = {}
    typed: dict[int, Typed] = {}
    # expressions over items last: the other arguments say what the items are
    for number in sorted(range(len(arguments)), key=lambda n: isinstance(required(arguments[n][0].type), Over)):
        parameter, argument = arguments[number]
        typed[number] = _argument(walk, function, parameter, argument, bound)
    if any(t is BROKEN for t in typed.values()):
        return BROKEN
    columnar = any(t.shape != ROW for t in typed.values())
    if columnar and not function.columns:
        raise NotColumnar
    result = bind_types(signature.result, bound)
    if columnar:
        typed = {n: replace(t, code=beside_column(walk, t)) for n, t in typed.items()}
    code = _apply(walk, function, signature, [
        (parameter, _passed(walk, function, parameter, argument, typed[n]))
        for n, (parameter, argument) in enumerate(arguments)
    ])  # fmt: skip
    if any(holds_any(t.type) for t in typed.values()):
        code = walk.guarded(node, code, f"`{node.name}` does not take what it is given")
    made = Typed(result, code, COLUMN if columnar else ROW)
    return Typed(result, walk.made(made)) if function.makes and not columnar else made


def _given(walk: Walk, function: Function, node: ast.CallNode) -> tuple[Signature, list[tuple[Parameter, Node]]] | None:
    """The signature that takes these arguments, and the parameter of each."""
    complaint: tuple[str, Node, str] | None = None
    for signature in function.signatures:
        matched = _match(function.name, signature, node)
        if isinstance(matched, list):
            return signature, matched
        complaint = complaint or matched
    if complaint is not None:
        message, where, label = complaint
        walk.error("R110", message, where, label=label, help=f"write `{_usage(function)}`")
    return None


def _match(name: str, signature: Signature, node: ast.CallNode) -> list[tuple[Parameter, Node]] | tuple[str, Node, str]:
    parameters = signature.parameters
    many = bool(parameters) and parameters[-1].variadic
    if len(node.positional) > len(parameters) and not many:
        extra = node.positional[len(parameters)]
        most = "at most " if not all(p.required for p in parameters) else ""
        message = f"`{name}` takes {most}{_arguments(len(parameters))}, and {len(node.positional)} are given"
        return message, extra, ""
    given = [(parameters[min(n, len(parameters) - 1)], argument) for n, argument in enumerate(node.positional)]
    taken = {p.name for p, _ in given}
    for word, argument in node.keywords:
        found = signature.parameter(word)
        if found is None or found.variadic:
            names = [p.name for p in parameters if not p.variadic]
            return f"`{name}` has no argument `{word}`", argument, did_you_mean(word, names)
        if word in taken:
            return f"`{word}` is given twice", argument, ""
        taken.add(word)
        given.append((found, argument))
    missing = next((p.name for p in parameters if p.required and p.name not in taken), None)
    return given if missing is None else (f"`{name}` lacks `{missing}`", node, "")


def _arguments(count: int) -> str:
    return f"{count} argument{'' if count == 1 else 's'}"


def _usage(function: Function) -> str:
    def one(parameter: Parameter) -> str:
        if parameter.variadic:
            return "…"
        return parameter.name if parameter.required else f"{parameter.name}=…"

    return f"{function.name}({', '.join(one(p) for p in function.signatures[-1].parameters)})"


def _argument(walk: Walk, function: Function, parameter: Parameter, argument: Node, bound: dict[str, Type]) -> Typed:
    wanted = required(parameter.type)
    if isinstance(wanted, Over):
        return _over(walk, wanted, argument, bound)
    hint = bind_types(parameter.type, bound)
    typed = walk.visit(argument, None if hint == NOTHING else hint)
    if typed is BROKEN:
        return typed
    loose = isinstance(wanted, Variable) and not wanted.quantity
    if isinstance(typed.type, Optional) and not isinstance(parameter.type, Optional) and not loose:
        return walk.unknown(argument)
    if not unify(parameter.type, typed.type, bound):
        asked = hint if _closed(hint) else parameter.type
        given = described(typed.type)
        message = f"`{function.name}` wants {described(asked)}, and `{format_expression(argument)}` is {given}"
        label = unit_hint(typed.type, asked, argument) or lacking(typed.type, asked)
        return walk.error("R102", message, argument, label=label)
    return typed


def _closed(type_: Type) -> bool:
    return NOTHING not in (required(type_), getattr(required(type_), "item", None))


def _over(walk: Walk, over: Over, argument: Node, bound: dict[str, Type]) -> Typed:
    """An argument that the function evaluates for items of its choice."""
    if walk.columns:
        raise NotColumnar
    it = walk.new_variable("it")
    local = Local(bind_types(over.item, bound), variable(it))
    hint = bind_types(over.result, bound)
    body = walk.within("it", local).visit(argument, None if hint == NOTHING else hint)
    if body is BROKEN:
        return BROKEN
    if not unify(over.result, body.type, bound):
        if isinstance(body.type, Optional):
            return walk.unknown(argument)
        asked = hint if _closed(hint) else over.result
        text, given = format_expression(argument), described(body.type)
        message = f"`{text}` is {given}, where {described(asked)} is wanted for each item"
        return walk.error("R102", message, argument, label=unit_hint(body.type, asked, argument))
    column = column_of(walk, argument, local)
    of_table = constant(None) if column is None else function_of(column, it)
    found = Over(local.type, body.type)
    return Typed(found, walk.log.objects.call(over_items, function_of(body.code, it), of_table))


def column_of(walk: Walk, node: Node, it: Local) -> Code | None:
    """Compile a checked expression of `it` to work on numpy columns; None when a part of it cannot."""
    silent = Log(Diagnostics(), serials=walk.log.serials, objects=walk.log.objects)
    within = walk.within("it", Local(it.type, it.code, TABLE))
    # a table is gone through at once, so the loops in the expression are the outermost ones
    inner = replace(within, log=silent, columns=True, in_loop=walk.in_loop)
    try:
        typed = inner.visit(node)
    except NotColumnar:
        return None
    walk.log.spends |= silent.spends
    return None if typed.shape in (TABLE, COLUMNS) or silent.failed else typed.code


def _use(walk: Walk, node: ast.CallNode, definition: Definition, expected: Type | None) -> Typed:
    """Check the body of a definition for the types of these arguments; it sees the scope, not the loops around its use.

    An argument of bare words stands in the body as it is: only there is it known of which enum they are values.
    """
    if any(name == definition.name for name, _ in walk.uses):
        return walk.error("R111", f"`{node.name}` is defined by itself", node)
    if node.keywords or len(node.positional) != len(definition.parameters):
        takes = ", ".join(definition.parameters)
        given = len(node.positional) + len(node.keywords)
        count = _arguments(len(definition.parameters))
        message = f"`{node.name}` takes {count}, and {given} are given"
        if node.keywords:
            message = f"`{node.name}` takes {count} without names"
        return walk.error("R110", message, node, help=f"write `{node.name}({takes})`")
    walk.log.uses += 1
    excess = f"{MOST_USES} times" if walk.log.uses > MOST_USES else ""
    excess = excess or (f"{DEEPEST_USE} deep" if len(walk.uses) >= DEEPEST_USE else "")
    if excess:
        place = walk.uses[0][1] if walk.uses else walk.place(node)
        return walk.report("R227", f"the expression is too large: it uses definitions more than {excess}", place)
    passed = dict(zip(definition.parameters, node.positional, strict=True))
    words = {name: argument for name, argument in passed.items() if _is_of_words(walk, argument)}
    arguments = {name: walk.visit(argument) for name, argument in passed.items() if name not in words}
    if any(a is BROKEN for a in arguments.values()):
        return BROKEN
    if any(a.shape == COLUMNS for a in arguments.values()):
        raise NotColumnar
    names: dict[str, Local] = {}
    values: dict[str, Code] = {}
    for name, argument in arguments.items():
        code = walk.named(argument)
        if not is_simple(code):  # a name is looked up again, so that a definition is as fast as its body written out
            new = walk.new_variable(name)
            values[new], code = code, variable(new)
        names[name] = Local(argument.type, code, argument.shape)
    uses = (*walk.uses, (definition.name, walk.place(node)))
    text, span = definition.text, definition.span
    inner = replace(walk, text=text, span=span, bare_text=False, locals=names, known=frozenset(), uses=uses)
    mistakes = Diagnostics()
    body = parse(text, span, mistakes)
    if body is None:
        for mistake in mistakes.items:
            inner.report(mistake.code, mistake.message, mistake.span or span, label=mistake.label)
        return BROKEN
    walk.log.words += sum(_times(body, name) * len(_leaves(argument)) for name, argument in words.items())
    if walk.log.words > MOST_WORDS:
        message = f"the expression is too large: its definitions put more than {MOST_WORDS:,} words in the place of parameters"
        return walk.report("R227", message, uses[0][1])
    typed = inner.visit(ast.put_in(body, words), expected)
    if typed is BROKEN:
        return BROKEN
    return Typed(typed.type, with_values(typed.code, values) if values else typed.code, typed.shape)


def _is_of_words(walk: Walk, node: Node) -> bool:
    """Whether a node is a word that nothing has as its name, or a list of such words."""
    if isinstance(node, ast.ListOfNodes):
        return bool(node.items) and all(_is_of_words(walk, item) for item in node.items)
    return isinstance(node, ast.NameRef) and walk.type_of(node.name) is None


def _times(body: Node, name: str) -> int:
    """How often a body names a parameter."""
    return sum(isinstance(leaf, ast.NameRef) and leaf.name == name for leaf in _leaves(body))


def _leaves(node: Node) -> list[Node]:
    """The parts of a node that have no parts."""
    found, rest = list[Node](), [node]
    while rest:
        part = rest.pop()
        below = list(ast.children(part))
        rest += below
        if not below:
            found.append(part)
    return found


def _passed(walk: Walk, function: Function, parameter: Parameter, argument: Node, typed: Typed) -> Code:
    """The code of an argument; a list or a text is counted, unless the function does not go through it."""
    type_ = required(typed.type)
    if type_ == ANY:
        return walk.as_number(typed.code, required(parameter.type))
    if function.at_once or typed.shape != ROW:
        return typed.code
    if isinstance(type_, ListOf | Keyed):
        return walk.counted(argument, typed)
    return walk.read(typed) if type_ == TEXT and not isinstance(argument, ast.Literal) else typed.code


def _apply(walk: Walk, function: Function, signature: Signature, given: list[tuple[Parameter, Code]]) -> Code:
    single = [parameter for parameter, _ in given if not parameter.variadic]
    if single != list(signature.parameters[: len(single)]):  # keywords in another order
        return walk.log.objects.call_by_name(function.call, {python_name(p.name): code for p, code in given})
    return walk.log.objects.call(function.call, *(code for _, code in given))


def python_name(name: str) -> str:
    """A parameter's Python name: a keyword of Python has an underscore after it."""
    return f"{name}_" if keyword.iskeyword(name) else name
