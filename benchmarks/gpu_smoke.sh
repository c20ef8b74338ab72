#!/usr/bin/env bash
# Trains a small Qwen3 on one GPU for a few minutes, without a network, and prints what to look at.
#
#   WHEELS=folder-of-wheels benchmarks/gpu_smoke.sh     # all that is missing beside torch and transformers comes from this folder
#   DEVICE=cpu STEPS=1 DEMONSTRATIONS=200 benchmarks/gpu_smoke.sh   # the same commands on a CPU, to test this script
set -euo pipefail
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-python3}
DEVICE=${DEVICE:-cuda}
OUT=${OUT:-$(mktemp -d)/gpu-smoke}
missing=$("$PYTHON" -m benchmarks.missing)
if [ -n "$missing" ] && [ -n "${WHEELS:-}" ]; then
  mapfile -t requirements <<<"$missing"
  "$PYTHON" -m pip install --quiet --no-index --find-links "$WHEELS" "${requirements[@]}"
  missing=$("$PYTHON" -m benchmarks.missing)
fi
if [ -n "$missing" ]; then
  echo "gpu_smoke: this machine lacks ${missing//$'\n'/, }." \
    "Name a folder that has their wheels, and those of what they need: WHEELS=FOLDER $0" >&2
  exit 2
fi
if [ "$DEVICE" = cuda ]; then
  "$PYTHON" -c 'import torch; assert torch.cuda.is_available(), "there is no GPU"; print(torch.cuda.get_device_name())'
  on=(--set trainer.use_cpu=false --set trainer.bf16=true --set threads=0)
else
  on=(--set trainer.use_cpu=true --set threads=1)
fi
"$PYTHON" -m rlve_dsl.cli train scenarios/first-steps.yaml --profile cpu "${on[@]}" --out "$OUT" \
  --set "steps=${STEPS:-20}" --set "warm_start.demonstrations=${DEMONSTRATIONS:-3000}" --set warm_start.passes=3 \
  --set 'tiny={layers: 4, width: 256, heads: 4, feed_forward: 768}' --set evaluation.episodes=32
"$PYTHON" - "$OUT/metrics.jsonl" <<'REPORT'
import json, sys
steps = [line for line in map(json.loads, open(sys.argv[1])) if line["phase"] == "dapo"]
names = ("pass_rate", "loss", "grad_norm", "entropy", "ratio_least", "ratio", "ratio_greatest", "clipped_low", "clipped_high")
for name in (*names, "gpu_gib"):
    print(f"{name:14}", *(f"{step[name]:.3f}" for step in steps[:: max(1, len(steps) // 10)] if name in step))
played = sum(step["seconds_playing"] for step in steps)
trained = sum(step["seconds_training"] for step in steps)
tokens = sum(step["written_tokens"] * step["rollouts"] for step in steps)
waited = sum(step.get("seconds_environment", 0.0) for step in steps)
print(f"the environment's share of a step: {waited / (played + trained):.1%}")
print(f"{tokens / played:.0f} tokens a second written; {played:.0f} s playing, {trained:.0f} s training")
REPORT
