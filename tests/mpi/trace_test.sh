#!/usr/bin/env bash
# trace_test.sh - train --trace: a file of Chrome trace events of all ranks and threads, in which
# steps contain what they consist of, and the same weights as without.
. "$(dirname "$0")/../lib/check.sh"
data=$scratch/data.h5
run 0 import synthetic --seed 3 --train 400 --test 100 "$data"
exits "synthetic data set" 0
cat >"$scratch/lenet.yaml" <<'YAML'
model: lenet
data: {file: data.h5}
batch: {size: 48, shards: 8}
train: {max_steps: 6, seed: 7}
compute: {threads: 2}
reduce: {bucket: 128KiB}
optimizer: {name: sgd}
schedule: {name: onecycle, max_lr: 0.05}
YAML
train() { run "$1" train "$scratch/lenet.yaml" --run-dir "$scratch/$2" --quiet "${@:3}"; }

train 3 plain
exits "without a trace" 0
train 3 traced --set reduce.overlap=on --trace "$scratch/on.json"
exits "with a trace" 0
same "the same weights" "$(hash_of plain)" "$(hash_of traced)"
train 0 alone --trace "$scratch/alone.json"
exits "a trace of one process" 0

python3 - "$scratch/on.json" 3 >"$scratch/out" 2>"$scratch/err" <<'PY'
import collections, json, sys
events = json.load(open(sys.argv[1]))["traceEvents"]
ranks = int(sys.argv[2])
spans = [e for e in events if e["ph"] == "X"]
names = collections.Counter((e["pid"], e["name"]) for e in spans)
for rank in range(ranks):
    def count(name):
        return names[rank, name]
    assert count("step") == 6, count("step")
    assert count("conv1 forward") > 6 and count("conv1 backward") > 6 and count("fold") > 6
    for name in "broadcast", "prepare", "data", "loss", "reduction", "update", "evaluate", "checkpoint":
        assert count(name) > 0, name
    mine = [e for e in spans if e["pid"] == rank]
    steps = sorted((e["ts"], e["ts"] + e["dur"]) for e in mine if e["name"] == "step")
    for e in mine:
        if e["name"] == "update" or e["name"].endswith("backward") or e["name"].startswith("bucket"):
            assert any(a <= e["ts"] + 0.002 and e["ts"] + e["dur"] <= b + 0.002 for a, b in steps), e
    buckets = {e["name"] for e in mine if e["name"].startswith("bucket")}
    assert len(buckets) > 4, buckets
    assert {e["tid"] for e in mine if e["name"] == "conv1 backward"} == {0, 1}
    first = min(e["ts"] for e in mine if e["name"] == "bucket 0")
    assert any(e["name"].endswith("backward") and e["ts"] + e["dur"] > first for e in mine)
assert len([e for e in events if e["name"] == "process_name"]) == ranks
PY
code=$?
exits "events of all ranks and threads, inside their steps" 0
python3 -c 'import json, sys; e = json.load(open(sys.argv[1]))["traceEvents"]; assert sum(x["name"] == "step" for x in e) == 6' \
  "$scratch/alone.json" 2>"$scratch/err"
code=$?
exits "one process: six steps" 0

train 2 stopped --stop-at 3 --trace "$scratch/stopped.json"
exits "a run that is stopped" 75
[ -s "$scratch/stopped.json" ] && ok "has a trace too" || not_ok "a stopped run left no trace"
train 2 refused --trace "$scratch/nowhere/file.json"
exits "a folder that is not there" 74 nowhere
[ ! -e "$scratch/refused/steps.csv" ] && ok "said before the first step" || not_ok "said after training"
finish
