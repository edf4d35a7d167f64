#!/usr/bin/env bash
# bench_test.sh - onecycle bench: what it reports on one and two ranks adds up, as text in 80
# columns and as JSON; and what it refuses. No figure of speed is expected.
. "$(dirname "$0")/../lib/check.sh"
command -v python3 >/dev/null || { echo "skipped: no python3 to read JSON"; exit 77; }

# json FILE EXPRESSION: a Python expression over the report r is true
json() { python3 -c "import json, sys; r = json.load(open(sys.argv[1])); sys.exit(not ($2))" "$1"; }
holds() { # WHAT EXPRESSION: for the JSON of the last run
  if json "$scratch/json" "$2"; then ok "$1"; else not_ok "$1"; fi
}
narrow() { same "$1: in 80 columns" "$(awk 'length > 80' "$scratch/out" | wc -l)" 0; }

times='[p for l in r["layers"] for p in (l["forward"], l["backward"])] + list(r["parts"].values())'
step() { # RANKS ARGS...: a short measurement, text and JSON
  run "$1" bench step --seconds 0 --warmup 1 --json "$scratch/json" "${@:2}"
}
for ranks in 0 1 2; do
  what="$ranks ranks"
  rm -f "$scratch/json"
  step "$ranks" --model resnet20 --input 3x8x8 --batch 12 --shards 4 --threads 2
  exits "$what: step" 0
  narrow "$what: step"
  at_least=$((ranks > 1 ? ranks : 1))
  holds "$what: settings" "r['settings']['ranks'] == $at_least and r['settings']['threads'] == 2 \
    and r['settings']['side_by_side'] == 1 and r['settings']['batch'] == 12 and r['settings']['shards'] == 4 \
    and r['settings']['input'] == '3x8x8' and 'shards: 4' in r['settings']['recipe']"
  holds "$what: at least three steps" "r['step_seconds']['measured'] >= 3 and \
    0 < r['step_seconds']['least'] <= r['step_seconds']['median'] <= r['step_seconds']['most']"
  holds "$what: images a second" \
    "abs(r['images_per_second'] * r['step_seconds']['median'] - 12) < 1e-5"
  holds "$what: effective operations" "abs(r['gflops'] / (6e-9 * r['settings']['multiply_adds'] \
    * r['images_per_second']) - 1) < 1e-6"
  holds "$what: the times add up to a step" \
    "abs(sum(p['seconds'] for p in $times) / r['step_seconds']['mean'] - 1) < 1e-6 and \
    abs(sum(p['share'] for p in $times) - 1) < 1e-6 and all(p['seconds'] > -1e-9 for p in $times)"
  holds "$what: layers were measured" "all(p['seconds'] > 0 for l in r['layers'] \
    for p in (l['forward'], l['backward']) if l['type'] in ('conv2d', 'linear', 'batch_norm'))"
  holds "$what: all parts are there" "set(r['parts']) == {'broadcast', 'prepare', 'data', 'loss', \
    'fold', 'reduction', 'update', 'rest'} and r['parts']['data']['seconds'] > 0"
  holds "$what: memory of each rank" "len(r['peak_bytes']['ranks']) == $at_least and \
    min(r['peak_bytes']['ranks']) > 1 << 20 and \
    sum(r['peak_bytes']['ranks']) == r['peak_bytes']['all']"
done
holds "the machine is named" \
  "all(r['machine'][k] for k in ('version', 'commit', 'build', 'processor', 'kernels', 'mpi'))"

run 2 bench step --model mlp --set model.hidden=[8] --batch 8 --shards 2 --seconds 0 --json -
exits "JSON on standard output" 0
cp "$scratch/out" "$scratch/json"
holds "and nothing else there" "r['command'] == 'bench step' and r['settings']['parameters'] == 6370"
cat >"$scratch/r.yaml" <<'EOF'
model: lenet
data: {file: not-there.h5}
batch: {size: 6, shards: 3}
train: {epochs: 1}
schedule: {max_lr: 0.1}
EOF
step 2 --recipe "$scratch/r.yaml" --set batch.size=9
exits "a recipe whose data is not there" 0
holds "its shards, and --set" "r['settings']['shards'] == 3 and r['settings']['batch'] == 9"
same "nothing is left behind" "$(cd "$scratch" && echo *)" "err json out r.yaml"

conv() { run "$1" bench conv --rounds 1 --batch 2 --json "$scratch/json" "${@:2}"; }
conv 0 --model resnet20 --input 3x8x8
exits "conv: a model" 0
narrow "conv: a model"
holds "conv: each once" "sum(c['layers'] for c in r['convolutions']) == 19 and \
  len({str((c['input'], c['output'], c['kernel'], c['stride'])) for c in r['convolutions']}) \
  == len(r['convolutions'])"
holds "conv: the one in use was measured" "all(p in c['gflops'][c['algorithm']] \
  for c in r['convolutions'] for p in ('forward', 'backward_weights'))"
holds "conv: others beside it" "all('im2col' in c['gflops'] for c in r['convolutions']) and \
  any(len(c['gflops']) > 1 for c in r['convolutions'])"
holds "conv: no gradient of the images" \
  "['backward_data' in c['gflops']['im2col'] for c in r['convolutions']].count(False) == 1"
conv 2 --shape 16x9x7-20,3,1,1
exits "conv: a shape, on two ranks" 0
holds "conv: its shape" "len(r['convolutions']) == 1 and \
  r['convolutions'][0]['output'] == [20, 9, 7] and len(r['convolutions'][0]['gflops']['im2col']) == 3"

run 2 bench machine --json "$scratch/json"
exits "machine: on two ranks" 0
narrow "machine"
holds "machine: its limits" "r['threads'] == 2 and all(r[k] > 0 for k in \
  ('fma_gflops_alone', 'fma_gflops_all', 'bandwidth_gb')) and \
  all(s['gb'] > 0 for s in r['bandwidths_of_a_thread']) and r['machine']['processor']"
step 0 --model resnet20 --input 3x8x8 --batch 4 --roofline
exits "step: with a roofline" 0
narrow "step: with a roofline"
holds "step: limits" "r['limits']['threads'] == 1 and r['limits']['fma_gflops_all'] > 0"
holds "step: a bound for each convolution" "all(p['least']['seconds'] > 0 and abs(p['least']['reached'] \
  * p['seconds'] / p['least']['seconds'] - 1) < 1e-6 for l in r['layers'] if l['type'] == 'conv2d' \
  for p in (l['forward'], l['backward']))"
holds "step: batch normalisation is bound by memory" "{p['least']['by'] for l in r['layers'] \
  if l['type'] == 'batch_norm' for p in (l['forward'], l['backward'])} == {'memory'}"

for ranks in 2 3; do
  run $ranks bench reduce --rounds 2 --most 1 --json "$scratch/json"
  exits "reduce: on $ranks ranks" 0
  narrow "reduce: on $ranks ranks"
  holds "reduce: each size on $ranks ranks" "r['ranks'] == $ranks and r['rounds'] == 3 and \
    [s['bytes'] for s in r['sizes']] == [1024 * 4 ** i for i in range(6)] and \
    all(min(s['exact_seconds'], s['exact_flat_seconds'], s['allreduce_seconds']) > 0 for s in r['sizes'])"
done
run 0 bench reduce
exits "reduce: alone" 64 "expected 2 or more"

refused() { # TEXT ARGS...
  run 0 bench "${@:2}"
  exits "refused: ${*:2}" 64 "$1"
}
refused "what to measure is missing"
refused "did you mean step" stop
refused "one of --model" step
refused "one of --model" step --model lenet --recipe "$scratch/r.yaml"
refused "one of --model" conv --model lenet --shape 1x4x4-1,1,1,0
refused "did you mean resnet20" step --model resnet21
refused "batch.size" step --model lenet --batch 0
refused "batch.shards" step --model lenet --batch 4 --shards 5
refused "compute.threads" step --model lenet --threads none
refused "from 0 to 86400" step --model lenet --seconds nan
refused "whole number from 0" step --model lenet --warmup -1
refused "0x28x28" step --model lenet --input 0x28x28
refused "channels, height and width" step --model lenet --input 28x28
refused "larger than the input" step --model lenet --input 1x9x9
refused "unknown option" step --model lenet --rounds 3
refused "no convolution" conv --model mlp
refused "larger than the input" conv --shape 3x3x3-4,5,1,0
refused "outputs, kernel" conv --shape 3x3x3
refused "more than 2^30" conv --shape 3x99999x99999-4,3,1,0
refused "from 1 to 99" conv --model lenet --rounds 100
refused "not an option" machine now
refused "from 1 to 1024" machine --threads 0
refused "from 1 to 1024" reduce --most 0
refused "from 1 to 1001" reduce --rounds 0
refused "did you mean reduce" reduced
run 2 bench step --model lenet --batch 4 --shards 1
exits "more ranks than shards" 64 "2 ranks for 1 shards"
run 0 bench step --model lenet --batch 1 --seconds 0 --json "$scratch/none/json"
exits "a folder that is not there" 74 "none/json"
finish
