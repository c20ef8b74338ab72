"""`extends`: the content of a file laid over the content of the file that it names."""

from __future__ import annotations

from dataclasses import replace

from rlve_dsl.files.yaml_tree.nodes import ListNode, MapNode, Node, ScalarNode

NAMING_KEYS = ("let", "fact", "name")


def merge(base: Node, over: Node) -> Node:
    """`over` laid over `base`: mappings merge, named list items merge by name, other lists append, `!replace` replaces. A `|` block
    keeps the one that it is laid over, for what reads both.

    Where `over` holds something, the span is that of `over`.
    """
    if over.replaces:
        return over
    if isinstance(base, MapNode) and isinstance(over, MapNode):
        keys, values = {**base.keys, **over.keys}, dict(base.values)
        for name, value in over.values.items():
            values[name] = merge(values[name], value) if name in values else value
        return MapNode(keys, values, over.span, over.flow, base.replaces)
    if isinstance(base, ListNode) and isinstance(over, ListNode):
        return _merge_lists(base, over)
    if isinstance(base, ScalarNode) and isinstance(over, ScalarNode) and base.style == over.style == "block":
        return replace(over, below=base)
    return over


def _merge_lists(base: ListNode, over: ListNode) -> ListNode:
    items = list(base.items)
    places = {name: place for place, item in enumerate(items) if (name := _name(item)) is not None}
    for item in over.items:
        name = _name(item)
        if name is not None and name in places:
            items[places[name]] = merge(items[places[name]], item)
        else:
            items.append(item)
    # a list from two files has no source text of its own, so it is no longer a flow list
    return ListNode(tuple(items), over.span, False, base.replaces)


def _name(item: Node) -> tuple[str, str] | None:
    if isinstance(item, MapNode):
        for key in NAMING_KEYS:
            value = item.values.get(key)
            if isinstance(value, ScalarNode):
                return key, value.text
    return None
