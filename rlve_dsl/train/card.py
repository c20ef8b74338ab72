"""The model card: what the model in a run's folder was trained on, and what is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rlve_dsl.agents import total
from rlve_dsl.train.lessons import Lessons
from rlve_dsl.train.report import MANNERS, MOMENTS, Results


def model_card(configuration: Mapping[str, Any], results: Results, lessons: Lessons) -> str:
    """Return the text of the card, in Markdown."""
    scenario, settings = configuration["scenario"], configuration["settings"]
    certificate = configuration.get("certificate")
    known = f"certificate `{certificate}`" if certificate else "without a certificate"
    model = "a tiny model that was made for this run" if settings["model"] == "tiny" else f"`{settings['model']}`"
    taught = f"\n{lessons}.\n" if str(lessons) else ""
    rates = "\n".join(f"| {manner} | {_rates(results, manner)} |" for manner in MANNERS)
    return f"""---
library_name: transformers
tags: [rlve-dsl, dapo]
---

# {scenario["name"]}

Trained by `rlve-dsl train` (DAPO) from {model} on the scenario `{scenario["name"]}`, digest `{scenario["digest"]}`, {known}.

- Environments: {", ".join(scenario["environments"])}
- Steps: {settings["steps"]}, of {settings["groups"]} groups of {settings["rollouts"]} rollouts; seed {settings["seed"]}
- Versions: {", ".join(f"{name} {version}" for name, version in configuration["installed"].items())}

| pass rate on held-out episodes | {" | ".join(MOMENTS)} |
|---|---|---|
{rates}
{taught}"""


def _rates(results: Results, manner: str) -> str:
    scores = [total(results[moment, manner]) for moment in MOMENTS]
    return " | ".join(score.share_text for score in scores)
