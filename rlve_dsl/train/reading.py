"""From what was written (a profile, a collection's `train:`, the command line) to Settings, or to diagnostics."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, Literal, get_args, get_origin, get_type_hints

import yaml

from rlve_dsl.diagnostics import Diagnostics, Span, did_you_mean
from rlve_dsl.errors import ScenarioError, UsageError
from rlve_dsl.files import Raw
from rlve_dsl.train.settings import Settings

_PROFILES = files("rlve_dsl.train") / "profiles"


def profiles() -> tuple[str, ...]:
    """The names of the packaged profiles.

    >>> profiles()
    ('cpu', 'qwen3-8b')
    """
    return tuple(sorted(f.name.removesuffix(".yaml") for f in _PROFILES.iterdir() if f.name.endswith(".yaml")))


def profile(name: str) -> tuple[Raw, Mapping[str, str]]:
    """The settings of a packaged profile and the source they were read from; raises UsageError for an unknown name."""
    if name not in profiles():
        hint = did_you_mean(name, profiles()) or f"there are {', '.join(profiles())}"
        raise UsageError(f"there is no profile `{name}`: {hint}")
    text = (_PROFILES / f"{name}.yaml").read_text(encoding="utf-8")
    file = f"{name}.yaml"
    return _raw(yaml.compose(text, Loader=yaml.SafeLoader), file), {file: text}


def read(layers: Sequence[Raw], sources: Mapping[str, str], overrides: Mapping[str, Any] | None = None) -> Settings:
    """The settings of these layers, the later over the earlier, and `overrides` over all.

    Raises ScenarioError with every problem of every layer: R501 an unknown setting, R502 a value of the wrong sort,
    R503 one out of range, R504 settings that contradict each other.
    """
    diagnostics = Diagnostics()
    values: dict[str, Any] = {}
    for layer in layers:
        _merge(values, _section(Settings, layer, "training", diagnostics))
    if diagnostics.errors:
        raise ScenarioError(diagnostics.items, sources)
    _merge(values, {name: value for name, value in (overrides or {}).items() if value is not None})
    settings: Settings = _build(Settings, values)
    _contradictions(settings, layers, diagnostics)
    if diagnostics.errors:
        raise ScenarioError(diagnostics.items, sources)
    return settings


def resolved(settings: Settings) -> dict[str, Any]:
    """The settings as JSON-ready values; `read` of the same values gives the same settings."""
    plain = dataclasses.asdict(settings)
    plain["evaluation"]["levels"] = list(settings.evaluation.levels)
    return plain


# Reading a section --------------------------------------------------------------------------------------------------


def _section(kind: Any, raw: Raw, what: str, diagnostics: Diagnostics) -> dict[str, Any]:
    if not isinstance(raw.value, Mapping):
        diagnostics.error("R502", f"{what} settings are a mapping, not {_described(raw)}", raw.span)
        return {}
    hints = get_type_hints(kind)
    fields = {f.name: f for f in dataclasses.fields(kind)}
    out: dict[str, Any] = {}
    for key, given in raw.value.items():
        if key not in fields:
            diagnostics.error(
                "R501",
                f"unknown {what} setting `{key}`",
                raw.key_spans.get(key, raw.span),
                label=did_you_mean(key, fields),
                help=f"{what} settings are: {', '.join(fields)}",
            )
        elif dataclasses.is_dataclass(hints[key]):
            out[key] = _section(hints[key], given, f"`{key}`", diagnostics)
        else:
            value = _value(hints[key], given, key, fields[key].metadata, diagnostics)
            if value is not None:
                out[key] = value
    return out


def _value(kind: Any, raw: Raw, key: str, metadata: Mapping[str, Any], diagnostics: Diagnostics) -> Any:
    """The value read as `kind`, or None after a diagnostic."""
    origin = get_origin(kind)
    if origin is Mapping:
        return _mapping(get_args(kind)[1], raw, key, metadata, diagnostics)
    if origin is tuple:
        if not isinstance(raw.value, tuple):
            diagnostics.error("R502", f"`{key}` takes a list, not {_described(raw)}", raw.span, label="write `[…]`")
            return None
        items = [_value(get_args(kind)[0], item, key, metadata, diagnostics) for item in raw.value]
        return None if None in items else tuple(items)
    if not isinstance(raw.value, str):
        diagnostics.error("R502", f"`{key}` takes {_sort(kind)}, not {_described(raw)}", raw.span)
        return None
    if origin is Literal:
        choices = get_args(kind)
        if raw.value not in choices:
            label = did_you_mean(raw.value, choices) or f"one of {', '.join(choices)}"
            diagnostics.error("R502", f"`{key}` cannot be `{raw.value}`", raw.span, label=label)
            return None
        return raw.value
    value: Any = _scalar(kind, raw.value)
    if value is None:
        diagnostics.error("R502", f"`{key}` takes {_sort(kind)}, not `{raw.value}`", raw.span)
        return None
    low, high = metadata.get("at_least"), metadata.get("at_most")
    if kind in (int, float) and ((low is not None and value < low) or (high is not None and value > high)):
        bounds = f"at least {low:g}" if high is None else f"between {low:g} and {high:g}"
        diagnostics.error("R503", f"`{key}` is {raw.value}, but must be {bounds}", raw.span)
        return None
    return value


def _mapping(item: Any, raw: Raw, key: str, metadata: Mapping[str, Any], diagnostics: Diagnostics) -> Any:
    if not isinstance(raw.value, Mapping):
        diagnostics.error("R502", f"`{key}` takes a mapping, not {_described(raw)}", raw.span)
        return None
    if item is not float:  # settings handed on to a library: each scalar is what YAML makes of it
        return {name: _plain(given) for name, given in raw.value.items()}
    read_items = {
        name: _value(item, given, f"{key}.{name}", metadata, diagnostics) for name, given in raw.value.items()
    }
    return {name: value for name, value in read_items.items() if value is not None}


def _scalar(kind: Any, text: str) -> int | float | bool | str | None:
    if kind is str:
        return text
    if kind is bool:
        return {"true": True, "false": False}.get(text)
    try:
        value = kind(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _plain(raw: Raw) -> Any:
    if isinstance(raw.value, Mapping):
        return {name: _plain(given) for name, given in raw.value.items()}
    if isinstance(raw.value, tuple):
        return [_plain(item) for item in raw.value]
    for kind in (int, float, bool):
        if (value := _scalar(kind, raw.value)) is not None:
            return value
    return None if raw.value in ("null", "~", "") else raw.value


def _sort(kind: Any) -> str:
    return {int: "a whole number", float: "a number", bool: "true or false", str: "text"}.get(kind, "one word")


def _described(raw: Raw) -> str:
    if isinstance(raw.value, Mapping):
        return "a mapping"
    return "a list" if isinstance(raw.value, tuple) else f"`{raw.value}`"


# Putting settings together ------------------------------------------------------------------------------------------


def _merge(values: dict[str, Any], over: Mapping[str, Any]) -> None:
    for key, value in over.items():
        if isinstance(value, Mapping) and isinstance(values.get(key), dict):
            _merge(values[key], value)
        else:
            values[key] = dict(value) if isinstance(value, Mapping) else value


def _build(kind: Any, values: Mapping[str, Any]) -> Any:
    hints = get_type_hints(kind)
    return kind(
        **{
            name: _build(hints[name], value) if dataclasses.is_dataclass(hints[name]) else value
            for name, value in values.items()
        }
    )


def _contradictions(settings: Settings, layers: Sequence[Raw], diagnostics: Diagnostics) -> None:
    def error(key: str, message: str) -> None:
        diagnostics.error("R504", message, _where(layers, key))

    update, rest = divmod(settings.batch, settings.updates)
    if rest:
        error(
            "updates",
            f"a batch of {settings.groups} groups of {settings.rollouts} rollouts cannot be cut into "
            f"{settings.updates} equal `updates`",
        )
    elif settings.micro_batch and update % settings.micro_batch:
        error("micro_batch", f"`micro_batch` {settings.micro_batch} does not divide an update of {update} rollouts")
    if settings.tiny.width % settings.tiny.heads:
        error("tiny", f"{settings.tiny.heads} heads do not divide a width of {settings.tiny.width}")
    if settings.turn_tokens > settings.episode_tokens:
        error("turn_tokens", "`turn_tokens` are more than `episode_tokens`")
    if settings.episode_tokens >= settings.context_tokens:
        error("episode_tokens", "`episode_tokens` leave no room in `context_tokens` for what the model reads")
    if settings.soft_tokens >= settings.episode_tokens:
        error("soft_tokens", "`soft_tokens` are all of `episode_tokens`: every rollout would be punished")
    warm = settings.warm_start
    if warm.lowest_level > warm.highest_level:
        error("warm_start", f"the warm start's levels run from {warm.lowest_level} down to {warm.highest_level}")
    if settings.model == "tiny" and not warm.demonstrations:
        error("warm_start", "a tiny model knows nothing: it needs `warm_start.demonstrations`")
    if settings.lora.rank and settings.model == "tiny":
        error("lora", "a tiny model is trained whole: leave `lora` out")


def _where(layers: Sequence[Raw], key: str) -> Span | None:
    for layer in reversed(layers):
        if isinstance(layer.value, Mapping) and key in layer.value:
            return layer.key_spans.get(key, layer.value[key].span)
    return None


def _raw(node: Any, file: str) -> Raw:
    """A composed YAML node as Raw; packaged profiles are well formed (a test reads each)."""
    start, end = node.start_mark, node.end_mark
    span = Span(file, start.line + 1, start.column + 1, end.line + 1, end.column + 1)
    if isinstance(node, yaml.MappingNode):
        entries = {key.value: _raw(value, file) for key, value in node.value}
        return Raw(entries, span, {key.value: _raw(key, file).span for key, _ in node.value})
    if isinstance(node, yaml.SequenceNode):
        return Raw(tuple(_raw(item, file) for item in node.value), span)
    return Raw(node.value, span)
