"""The model to train: a tiny one made here, or one that is loaded by its name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rlve_dsl.errors import MissingExtra
from rlve_dsl.files import Settings

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase, Qwen3ForCausalLM


def build_tiny(settings: Settings, tokenizer: PreTrainedTokenizerBase) -> Qwen3ForCausalLM:
    """Make a Qwen3 model of the sizes in `settings.tiny` for this vocabulary. The seed decides its weights."""
    import torch
    from transformers import Qwen3Config, Qwen3ForCausalLM

    sizes = settings.tiny
    torch.manual_seed(settings.seed)
    config = Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=sizes.width,
        num_hidden_layers=sizes.layers,
        num_attention_heads=sizes.heads,
        num_key_value_heads=sizes.heads,
        head_dim=sizes.head_width or sizes.width // sizes.heads,
        intermediate_size=sizes.feed_forward,
        initializer_range=sizes.initializer_range,
        max_position_embeddings=settings.context_tokens,
        tie_word_embeddings=True,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=None,
    )
    model = Qwen3ForCausalLM(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith(("q_norm.weight", "k_norm.weight")):
                parameter.fill_(sizes.attention_gain)
    return model


def load_tokenizer(settings: Settings, *, local: bool = False) -> Any:
    """Load the tokenizer of the model that `settings.model` names; with `local`, only from this machine.

    Raises:
        OSError: When there is none, or none on this machine.
    """
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(settings.model, local_files_only=local)


def load_model(settings: Settings) -> Any:
    """Load the model that `settings.model` names, with weights in `settings.dtype`."""
    import torch
    from transformers import AutoModelForCausalLM

    # without a dtype the library loads it in float32
    return AutoModelForCausalLM.from_pretrained(settings.model, dtype=getattr(torch, settings.dtype))


def with_adapters(model: Any, settings: Settings, kept: Path | None = None) -> Any:
    """Return the model with the low-rank adapters of the settings, or as it is when they have none.

    They are there before the warm start, so that it trains them and not the weights below them, which are not saved.

    Args:
        model: The model.
        settings: The settings; their seed decides how adapters begin.
        kept: A folder that has trained adapters.
    """
    adapters = adapters_of(settings)
    if adapters is None:
        return model
    import torch
    from peft import PeftModel, get_peft_model

    if kept is not None:
        return PeftModel.from_pretrained(model, kept, is_trainable=True)
    torch.manual_seed(settings.seed)
    return get_peft_model(model, adapters)


def adapters_of(settings: Settings) -> Any:
    """Return the configuration of the adapters; None where the whole model is trained.

    Raises:
        MissingExtra: When peft is not installed.
    """
    if not settings.lora.rank:
        return None
    if find_spec("peft") is None:
        raise MissingExtra("gpu", "peft")
    from peft import LoraConfig

    return LoraConfig(
        r=settings.lora.rank,
        lora_alpha=settings.lora.alpha,
        target_modules=settings.lora.targets,
        task_type="CAUSAL_LM",
    )


@contextmanager
def weights_put_back(model: Any) -> Iterator[None]:
    """Put the weights below adapters back as they were, when the block ends.

    To merge adapters into weights and to take them out again rounds twice. In bfloat16 that would move the weights, which nobody
    saves, a little each time. The copy is in the memory of the machine and not of the GPU.

    Args:
        model: The model. Without adapters, nothing is copied.
    """
    import torch

    below = [weight for name, weight in model.named_parameters() if ".base_layer." in name]
    kept = [weight.detach().to("cpu", copy=True) for weight in below]
    try:
        yield
    finally:
        with torch.no_grad():
            for weight, before in zip(below, kept, strict=True):
                weight.copy_(before)


def load_kept(settings: Settings, folder: Path) -> tuple[Any, Any]:
    """Load the model and the tokenizer of a checkpoint; with a server, the trainer loads the model.

    A checkpoint after no warm start has a tokenizer alone: the model is the one that the settings name.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    if settings.server.url:
        return None, tokenizer
    if (folder / "config.json").exists():
        return AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, settings.dtype)), tokenizer
    adapters = folder if (folder / "adapter_config.json").exists() else None
    return with_adapters(load_model(settings), settings, adapters), tokenizer
