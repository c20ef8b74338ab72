"""Training settings: the block `train:` of a Collection, which `kind: Profile` holds too.

Several layers make the settings of a run: a profile, the collection over it, the command line over both. What the libraries make
of them is decided in `rlve_dsl.train`. No torch.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeVar

from rlve_dsl.diagnostics import Diagnostic, Diagnostics, Span
from rlve_dsl.errors import ScenarioError
from rlve_dsl.files.kinds.training_contradictions import contradictions_in
from rlve_dsl.files.shapes.file_reader import FileReader
from rlve_dsl.files.shapes.settings import Section, setting
from rlve_dsl.files.shapes.shape import SchemaWriter
from rlve_dsl.files.yaml_tree.nodes import MapNode, Node, ScalarNode
from rlve_dsl.frozen import frozen
from rlve_dsl.values import JsonObject

S = TypeVar("S")

COMMAND_LINE = "the command line"
"""The name of the command line in places, where a file's name would stand."""
Scalar = int | float | bool | str


@frozen
class Tiny:
    """The sizes of the model that `model: tiny` builds and initialises locally (Qwen3 architecture)."""

    layers: int = setting(3, "Decoder layers.", at_least=1, at_most=64)
    width: int = setting(128, "The hidden size.", at_least=8, at_most=8192)
    heads: int = setting(
        4, "Attention heads; without `head_width` they must divide the width.", at_least=1, at_most=128
    )
    head_width: int = setting(0, "The size of a head; 0: the width divided by the heads.", at_least=0, at_most=1024)
    feed_forward: int = setting(384, "The size of the gated feed-forward layer.", at_least=8, at_most=65536)
    initializer_range: float = setting(
        0.08, "The standard deviation of the initial weights.", at_least=1e-4, at_most=1.0
    )
    attention_gain: float = setting(
        1.0,
        "The initial gain of the norms of queries and keys. With a greater one attention can single out a token sooner.",
        at_least=0.1, at_most=10.0,
    )  # fmt: skip


@frozen
class Lora:
    """Low-rank adapters instead of full training."""

    rank: int = setting(0, "The rank of the adapters; 0 trains the whole model.", at_least=0, at_most=1024)
    alpha: int = setting(32, "The scale of the adapters.", at_least=1, at_most=4096)
    targets: str = setting("all-linear", "Which layers get an adapter.")
    merge: bool = setting(False, "Whether the trained model is also saved with the adapters merged into its weights.")


@frozen
class Copying:
    """Practice in copying, before demonstrations: a model learns to find what it has read, and to write it again.

    It has three stages: word sequences with parts that occur again, and rows of tool results without their boilerplate; the
    same rows as JSON, and conversations with other words; then demonstrations, with some practice beside them.
    """

    steps: int = setting(0, "The most optimizer steps of the stages before demonstrations; 0 skips them.", at_least=0)
    batch: int = setting(64, "Sequences in an optimizer step.", at_least=1)
    learning_rate: float = setting(3e-3, "The learning rate of these steps.", at_least=0.0)
    accuracy: float = setting(
        0.95, "The accuracy on new rows and conversations at which a stage ends.", at_least=0.0, at_most=1.0
    )
    beside: float = setting(
        0.5, "Sequences of practice for each demonstration that is shown.", at_least=0.0, at_most=10.0
    )


@frozen
class WarmStart:
    """Supervised training on demonstrations of an oracle that makes mistakes."""

    demonstrations: int = setting(0, "Episodes that are shown; 0 skips the warm start.", at_least=0)
    passes: float = setting(1.0, "How often each is shown.", at_least=0.0)
    batch: int = setting(32, "Episodes in an optimizer step.", at_least=1)
    learning_rate: float = setting(
        2e-3, "The peak learning rate (linear rise over a tenth, then cosine).", at_least=0.0
    )
    lowest_level: int = setting(0, "The easiest level shown.", at_least=0)
    highest_level: int = setting(0, "The hardest level shown.", at_least=0)
    observed: float = setting(
        0.0, "The weight of the loss on what the model reads; what it writes has 1.", at_least=0.0, at_most=1.0
    )
    mistakes: Mapping[str, float] = setting(dict, "The probability of each kind of mistake.", at_least=0.0, at_most=1.0)
    copying: Copying = setting(Copying, "Practice in copying what was read.")


@frozen
class Evaluation:
    """Episodes on held-out seeds, before and after DAPO, and during it."""

    episodes: int = setting(128, "Episodes at each level.", at_least=0)
    every: int = setting(0, "Steps between two evaluations during DAPO; 0: none.", at_least=0)
    levels: tuple[int, ...] = setting(tuple, "The levels that are played.", at_least=0)


@frozen
class Keep:
    """What a run keeps while it lasts."""

    every: int = setting(20, "Steps between two checkpoints; 0: none.", at_least=0)
    checkpoints: int = setting(
        2, "How many of the last checkpoints are kept: the one before is whole while the last is written.", at_least=2
    )
    rollouts: int = setting(0, "Steps between two batches that are kept as trajectories; 0: none.", at_least=0)


@frozen
class Stop:
    """When a run stops as failed, before its end. A loss or a gradient that is no number always stops it."""

    entropy_below: float = setting(
        0.0, "The mean entropy of a token, in nats, that is a collapse; 0: none.", at_least=0.0
    )
    overlong_above: float = setting(
        1.0, "The share of rollouts cut by a token limit that is too much.", at_least=0.0, at_most=1.0
    )
    batches: int = setting(5, "How many batches in a row must show it.", at_least=1)


@frozen
class Server:
    """Servers of the model on other GPUs, which write while this process trains (`vllm serve`)."""

    url: str = setting("", "Its address, such as `http://gpu-1:8000`; empty: the training process writes turns itself.")
    more: tuple[str, ...] = setting(
        tuple, "Addresses of more servers of the same model, which share the conversations."
    )
    staleness: int = setting(
        4, "How often the server's weights may be renewed before a rollout that began earlier is dropped.", at_least=0
    )

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses of all servers; empty when there is none."""
        return (self.url, *self.more) if self.url else ()


@frozen
class Settings:
    """Everything a training run depends on, except the scenario."""

    profile: str = setting(
        "", "The profile that these settings are laid over: its name, or the path of a file from this one."
    )
    algorithm: Literal["dapo"] = setting("dapo", "The training algorithm.")
    model: str = setting("", "`tiny`, or the name or folder of a causal language model.")
    dtype: Literal["float32", "bfloat16"] = setting("float32", "The type of the model's weights.")
    seed: int = setting(0, "The seed of weights, episodes and sampling.", at_least=0, at_most=2**32 - 1)  # as of NumPy
    steps: int = setting(300, "Batches of fresh episodes.", at_least=0)
    groups: int = setting(8, "Groups (distinct episodes) in a batch.", at_least=1)
    rollouts: int = setting(8, "Rollouts of each episode (G).", at_least=2)
    updates: int = setting(2, "Optimizer steps for each batch; from the second on, clipping is in force.", at_least=2)
    micro_batch: int = setting(0, "Rollouts in one forward pass; 0: all of an update's.", at_least=0)
    learning_rate: float = setting(1e-5, "The learning rate of DAPO.", at_least=0.0)
    schedule: Literal["linear", "constant"] = setting(
        "linear", "What becomes of the learning rate of DAPO: it falls to 0 at the last step, or it stays."
    )
    clip_low: float = setting(0.2, "How far a probability ratio may fall before its gradient stops.", at_least=0.0)
    clip_high: float = setting(0.28, "How far a probability ratio may rise before its gradient stops.", at_least=0.0)
    temperature: float = setting(1.0, "The sampling temperature in training.", at_least=0.01, at_most=10.0)
    resample: int = setting(
        3, "How often groups without signal are replaced before a batch is taken as it is.", at_least=0
    )
    turn_tokens: int = setting(256, "Tokens that the model may write in one turn.", at_least=1)
    episode_tokens: int = setting(1024, "Tokens that the model may write in one episode.", at_least=1)
    soft_tokens: int = setting(
        256,
        "The last of `episode_tokens` that cost up to 1 of reward, linearly (soft overlong punishment).",
        at_least=0,
    )
    context_tokens: int = setting(4096, "Tokens of a whole conversation.", at_least=1)
    in_flight: int = setting(128, "Episodes that each process plays at the same time.", at_least=1)
    players: int = setting(
        1,
        "Processes beside each training process in which its episodes move while its own engine writes (on Linux, with a "
        "scripted user and without vLLM); 0: they move in the training process.",
        at_least=0,
        at_most=64,
    )
    threads: int = setting(0, "CPU threads; 0 leaves the number to the library.", at_least=0, at_most=1024)
    processes: int = setting(0, "How many processes train together; 0: as many as are started.", at_least=0)
    gpu_memory: float = setting(
        0.0, "The memory of a GPU in GiB, which a run must fit into by arithmetic; 0: it is not checked.", at_least=0.0
    )
    thinking: bool = setting(
        False,
        "Whether the chat template lets the model think before it speaks. Thoughts count as tokens that it writes.",
    )
    describe: bool = setting(True, "Whether the model reads the system prompt and the schemas of the tools.")
    tiny: Tiny = setting(Tiny, "The sizes of `model: tiny`.")
    lora: Lora = setting(Lora, "Low-rank adapters.")
    server: Server = setting(Server, "A server that writes turns on other GPUs.")
    warm_start: WarmStart = setting(WarmStart, "Supervised training before DAPO.")
    evaluation: Evaluation = setting(Evaluation, "What the final table is made from.")
    keep: Keep = setting(Keep, "Checkpoints and rollouts that are kept.")
    stop: Stop = setting(Stop, "When a run stops before its end.")
    certificate: Literal["required", "optional"] = setting(
        "required", "Whether a scenario without a certificate, or changed since, may be trained on."
    )
    trainer: Mapping[str, Scalar] = setting(
        dict, "More fields of TRL's GRPOConfig, as they are; none that follows from other settings."
    )

    @property
    def batch(self) -> int:
        """Rollouts in a batch of fresh episodes."""
        return self.groups * self.rollouts


@frozen
class Training:
    """The settings that one file writes; what it does not write has its default.

    `written` is the place of each written key, under the path of the key: `steps`, `warm_start.batch`.
    """

    settings: Settings
    written: Mapping[str, Span]
    span: Span


SECTION = Section("training", Settings)


class TrainingShape:
    """The block `train:`."""

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> Training | None:
        if not isinstance(node, MapNode):
            at.unexpected("the training settings (a mapping)", node, key)
            return None
        settings = SECTION.read(node, at, key)
        return None if settings is None else Training(settings, dict(_written(node, "")), node.span)

    def schema(self, writer: SchemaWriter) -> JsonObject:
        return SECTION.schema(writer)


def _written(node: MapNode, prefix: str) -> Iterator[tuple[str, Span]]:
    for name, value in node.values.items():
        yield f"{prefix}{name}", node.keys[name].span
        if isinstance(value, MapNode):
            yield from _written(value, f"{prefix}{name}.")


def settings_of(layers: Sequence[Training], sources: Mapping[str, str]) -> Settings:
    """The settings of a run: those of the layers, a later layer over an earlier one.

    Args:
        layers: What files and the command line write.
        sources: The texts of these files, for messages.

    Raises:
        ScenarioError: R504, if settings contradict each other.
    """
    if found := contradictions(layers):
        raise ScenarioError(found, sources)
    return _laid_over(layers)


def contradictions(layers: Sequence[Training]) -> list[Diagnostic]:
    """What the settings of these layers contradict each other in (R504), at the last place that writes one of them."""
    diagnostics = Diagnostics()
    for key, message in contradictions_in(_laid_over(layers)):
        place = next((layer.written[key] for layer in reversed(layers) if key in layer.written), None)
        diagnostics.error("R504", message, place)
    return diagnostics.items


def _laid_over(layers: Sequence[Training]) -> Settings:
    settings = Settings()
    for layer in layers:
        settings = _over(settings, layer.settings, layer.written, "")
    return settings


def origins(layers: Sequence[Training], settings: Settings) -> dict[str, str]:
    """Where each setting comes from, by its path: the place that writes it in the last layer that does, or `default`."""
    return {path: _origin(layers, path) for path in _paths(settings, "")}


def _origin(layers: Sequence[Training], path: str) -> str:
    for layer in reversed(layers):
        if (span := layer.written.get(path)) is not None:
            return COMMAND_LINE if span.file == COMMAND_LINE else f"{span.file}:{span.line}"
    return "default"


def _paths(part: object, prefix: str) -> Iterator[str]:
    """The paths of the single settings of a dataclass."""
    for field in dataclasses.fields(part):  # type: ignore[arg-type]
        value, path = getattr(part, field.name), f"{prefix}{field.name}"
        if dataclasses.is_dataclass(value):
            yield from _paths(value, f"{path}.")
        elif isinstance(value, Mapping):
            yield from (f"{path}.{name}" for name in value)
        else:
            yield path


def _over(base: S, over: S, written: Mapping[str, Span], prefix: str) -> S:
    """`base` with the written settings of `over`; mappings merge."""
    changes = {}
    for field in dataclasses.fields(base):  # type: ignore[arg-type]
        old, new, path = getattr(base, field.name), getattr(over, field.name), f"{prefix}{field.name}"
        if path in written:
            if dataclasses.is_dataclass(new):
                new = _over(old, new, written, f"{path}.")
            changes[field.name] = _merged(old, new)
    return dataclasses.replace(base, **changes)  # type: ignore[type-var]


def _merged(base: object, over: object) -> object:
    if not isinstance(base, Mapping) or not isinstance(over, Mapping):
        return over
    return {**base, **{name: _merged(base.get(name), value) for name, value in over.items()}}


def settings_as_json(settings: Settings) -> JsonObject:
    """The settings as JSON values; written as YAML, they read back as the same settings."""
    plain = dataclasses.asdict(settings)
    plain["evaluation"]["levels"] = list(settings.evaluation.levels)
    plain["server"]["more"] = list(settings.server.more)
    return plain
