"""The model to train: a tiny one made here, or one loaded by name."""

from __future__ import annotations

from typing import Any

from rlve_dsl.files import Settings


def build_tiny(settings: Settings, tokenizer: Any) -> Any:
    """A Qwen3 model of `settings.tiny`'s sizes for this vocabulary, freshly initialised from the seed."""
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
        head_dim=sizes.width // sizes.heads,
        intermediate_size=sizes.feed_forward,
        initializer_range=sizes.initializer_range,
        max_position_embeddings=settings.context_tokens,
        tie_word_embeddings=True,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=None,
    )
    return Qwen3ForCausalLM(config)


def load_tokenizer(settings: Settings) -> Any:
    """The tokenizer of the model that `settings.model` names."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(settings.model)


def load_model(settings: Settings) -> Any:
    """The model that `settings.model` names, its weights in `settings.dtype`."""
    import torch
    from transformers import AutoModelForCausalLM

    # without a dtype the library would load it in float32
    return AutoModelForCausalLM.from_pretrained(settings.model, dtype=getattr(torch, settings.dtype))
