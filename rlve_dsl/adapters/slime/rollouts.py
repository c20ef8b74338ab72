"""What slime calls for a sample and for a group: play an episode, its reward, whether a group teaches, and advantages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from rlve_dsl.adapters.slime.folder import chat_of, exported
from rlve_dsl.adapters.slime.source import key_of
from rlve_dsl.agents import GeneratedTurn, Rollout, TokenWriter, play_one
from rlve_dsl.agents import advantages as advantages_of
from rlve_dsl.agents import reward as reward_of
from rlve_dsl.train import limits_of


class SglangStream:
    """A conversation with an SGLang server (a `TokenStream`): tokens in, tokens and their log-probabilities out.

    Args:
        url: The address of `/generate`.
        sampling: The sampling parameters of a turn.
        headers: Headers of each request.
    """

    def __init__(self, url: str, sampling: Mapping[str, Any], headers: Mapping[str, str] | None) -> None:
        self._url = url
        self._sampling = dict(sampling)
        self._headers = headers
        self._read: list[int] = []
        self.aborted = False
        self.versions: list[str] = []

    async def write(self, tokens: Sequence[int]) -> GeneratedTurn:
        """Read the tokens, and return the next turn."""
        self._read += tokens
        asked = {"input_ids": self._read, "sampling_params": self._sampling, "return_logprob": True}
        answer = await import_module("slime.utils.http_utils").post(self._url, asked, headers=self._headers)
        about = answer["meta_info"]
        self.aborted = about["finish_reason"]["type"] == "abort"
        if "weight_version" in about:
            self.versions.append(about["weight_version"])
        written = about.get("output_token_logprobs", [])
        turn = GeneratedTurn([int(item[1]) for item in written], [float(item[0]) for item in written])
        self._read += turn.tokens
        return turn

    def close(self) -> None:
        """Forget the conversation."""


async def generate(args: Any, sample: Any, sampling_params: Mapping[str, Any]) -> Any:
    """Play the episode of a sample (`--custom-generate-function-path`), and return the sample with its tokens, mask and reward."""
    found = exported(args.prompt_data)
    chat, limits = chat_of(args.prompt_data, args.hf_checkpoint), limits_of(found.settings)
    sampling = {
        **sampling_params,
        "max_new_tokens": found.settings.turn_tokens,
        "stop_token_ids": sorted(chat.ends | {*(sampling_params.get("stop_token_ids") or ())}),
        "skip_special_tokens": False,
        "no_stop_trim": True,
    }
    routed = sample.session_id and getattr(args, "router_policy", None) == "consistent_hashing"
    headers = {"X-SMG-Routing-Key": sample.session_id} if routed else None
    stream = SglangStream(f"http://{args.sglang_router_ip}:{args.sglang_router_port}/generate", sampling, headers)
    rollout = await play_one(found.scenario, key_of(sample), TokenWriter(stream, chat, limits))
    status = type(sample).Status
    if stream.aborted:
        sample.status = status.ABORTED
        return sample
    value = reward_of(rollout, limits)
    _fill(sample, rollout, chat.end)
    sample.response = chat.text(rollout.tokens)
    sample.weight_versions = stream.versions
    sample.reward = 0.0 if value is None else value
    # a missing reward is no zero: nothing is learnt from the sample, and `advantages` leaves it out
    sample.remove_sample = value is None
    sample.status = status.FAILED if rollout.failure else status.TRUNCATED if rollout.overlong else status.COMPLETED
    return sample


def _fill(sample: Any, rollout: Rollout, end: int) -> None:
    tokens = rollout.tokens or [end]  # slime wants a token, even of a rollout that failed before it began
    sample.tokens = [*(rollout.prompt or [end]), *tokens]
    sample.response_length = len(tokens)
    sample.loss_mask = rollout.mask or [0]
    sample.rollout_log_probs = rollout.logprobs or [0.0]
    outcome = rollout.outcome
    sample.metadata.update(
        task=None if outcome is None else outcome.task,
        passed=rollout.passed,
        turns=rollout.turns,
        failure=rollout.failure,
    )


async def reward(args: Any, sample: Any) -> float:
    """Return the reward of a sample (`--custom-rm-path`), which `generate` has found out."""
    return float(sample.reward or 0.0)


def keep_group(args: Any, samples: Sequence[Any], **_: Any) -> Any:
    """Say whether a group teaches something (`--dynamic-sampling-filter-path`): its rollouts differ in how well the task was done.

    Shaping terms do not count, and neither do rollouts without a reward.
    """
    output = import_module("slime.rollout.filter_hub.base_types").DynamicFilterOutput
    tasks = {sample.metadata.get("task") for sample in samples if not sample.remove_sample} - {None}
    if len(tasks) > 1:
        return output(keep=True, reason=None)
    return output(keep=False, reason=f"task_{tasks.pop():g}" if tasks else "no_reward")


def advantages(args: Any, samples: Sequence[Any]) -> tuple[list[float], list[float]]:
    """Return rewards and advantages (`--custom-reward-post-process-path`): rewards normalised within each group, as in DAPO.

    A sample without a reward counts in no mean, and its advantage is 0.
    """
    groups: dict[int, list[int]] = {}
    for place, sample in enumerate(samples):
        if not sample.remove_sample:
            groups.setdefault(sample.group_index, []).append(place)
    found = [0.0] * len(samples)
    for places in groups.values():
        for place, advantage in zip(places, advantages_of([samples[at].reward for at in places]), strict=True):
            found[place] = advantage
    return [sample.reward for sample in samples], found
