#!/usr/bin/env bash
# plan_test.sh - onecycle plan: its table is 80 columns wide and its JSON adds up, alone and on two ranks,
# on random images and on the recipe's data set; and what it refuses. No figure of speed is expected.
. "$(dirname "$0")/../lib/check.sh"
command -v python3 >/dev/null || { echo "skipped: no python3 to read JSON"; exit 77; }

holds() { # WHAT EXPRESSION: Python, for the JSON r of the last run
  if python3 -c "import json, sys; r = json.load(open(sys.argv[1])); sys.exit(not ($2))" "$scratch/json"; then
    ok "$1"
  else
    not_ok "$1"
  fi
}
cat >"$scratch/r.yaml" <<'EOF'
model: lenet
data: {file: digits.h5}
batch: {size: 96, shards: 8}
train: {epochs: 2}
schedule: {max_lr: 0.1}
EOF
network=(--latency 2us --bandwidth 25Gbit)
plan() { # RANKS ARGS...: a short one, text and JSON
  rm -f "$scratch/json"
  run "$1" plan "$scratch/r.yaml" --seconds 0 --json "$scratch/json" "${@:2}"
}

plan 0 --samples 60000 "${network[@]}" --nodes 1,2,4...64,1024
exits "random images" 0
same "in 80 columns" "$(awk 'length > 80' "$scratch/out" | wc -l)" 0
same "a row for each number of nodes, and one for each that the recipe's batch is enough for" \
  "$(grep -c -E '^ *[0-9]+ +[0-9]+ ' "$scratch/out")" 12
holds "the numbers of nodes" "[p['nodes'] for p in r['plan']] == [1, 2, 4, 8, 16, 32, 64, 1024]"
holds "the recipe's batch as far as its shards go" \
  "[p['recipe_batch'] and p['recipe_batch']['batch'] for p in r['plan']] == [96] * 4 + [None] * 4"
holds "batches with a shard for each rank" \
  "all(b['shards'] >= b['ranks'] == p['nodes'] and b['batch'] == 12 * b['shards'] \
  for p in r['plan'] for b in [p['batch_to_use']])"
holds "steps of the whole training, and what they cost" "all(b['steps'] == 2 * (60000 // b['batch']) and \
  abs(b['node_hours'] * 3600 / p['nodes'] / b['steps'] / b['step_seconds'] - 1) < 1e-6 \
  for p in r['plan'] for b in [p['batch_to_use']])"
holds "a step is computing and exchange" "all(abs(b['step_seconds'] - b['compute_seconds'] - b['exchange_' + \
  ('during' if b['overlap'] else 'after') + '_seconds']) < 1e-9 for p in r['plan'] for b in [p['batch_to_use']])"
holds "three steps were measured" "[m['shards'] for m in r['measured']] == [1, 2, 4] and \
  all(m['step_seconds'] > 0 and m['shard_seconds'] > 0 for m in r['measured'])"
holds "all parameters have a layer" "sum(b['parameters'] for b in r['measured'][0]['backward']) >= 431080"

plan 2 --samples 60000 "${network[@]}" --nodes 1...4
exits "two ranks a node" 0
holds "their batch" \
  "[p['recipe_batch']['ranks'] for p in r['plan']] == [2, 4, 8] and r['settings']['ranks_per_node'] == 2"
plan 2 --samples 60000 "${network[@]}" --ranks-per-node 3
exits "two ranks are no node of three" 64 "2 ranks measure; expected 2, or one rank"

plan 0 "${network[@]}"
exits "no data set" 74 "digits.h5"
run 0 import synthetic "$scratch/digits.h5"
plan 0 "${network[@]}" --ranks-per-node 2 --nodes 1,2
exits "the recipe's data set" 0
holds "its samples" "r['samples'] >= 96 and r['evaluated'] > 0 and r['settings']['ranks_per_node'] == 2"

run 0 import synthetic --train 100 "$scratch/few.h5"
plan 0 "${network[@]}" --set compute.threads=16 --set data.file="$scratch/few.h5"
exits "too few samples for what is measured" 64 "plan measures steps with a shard of 12 samples for each of 16 threads"

refused() { # TEXT ARGS...
  run 0 plan "$scratch/r.yaml" --samples 100 "${@:2}"
  exits "refused: ${*:2}" 64 "$1"
  same "one line" "$(wc -l <"$scratch/err")" 1
}
refused "a unit is missing" --latency 5 --bandwidth 1Gbit
refused "a unit is missing" --latency 5us --bandwidth 10
refused "such as 50us" --latency -5us --bandwidth 1Gbit
refused "such as 50us" --latency 5min --bandwidth 1Gbit
refused "such as 25Gbit" --latency 5us --bandwidth 1Gb
refused "above 0" --latency 5us --bandwidth 0Gbit
refused "such as 25Gbit" --latency 5us --bandwidth 1e400Gbit
refused "bandwidth is missing" --latency 5us
for nodes in 0 2,1 1,,2 1... ...4 1..4 4...2 1,1 70000 1x; do
  refused "rising numbers" "${network[@]}" --nodes "$nodes"
done
run 0 plan "$scratch/r.yaml" "${network[@]}" --classes 3
exits "classes of a data set" 64 "are for --samples"
finish
