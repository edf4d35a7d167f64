#!/usr/bin/env bash
# large_batch_test.sh - what helps large batches keeps the promises about bits: layer-wise rates and
# clipping, whose norms are sums over all parameters, and averages of weights, on any number of ranks
# and threads and across a resume.
. "$(dirname "$0")/../lib/check.sh"
run 0 import synthetic --seed 3 --train 400 --test 100 "$scratch/data.h5"
exits "synthetic data set" 0
recipe=$scratch/recipe.yaml
cat >"$recipe" <<YAML
model: {name: lenet, batch_norm: true}
data: {file: data.h5}
batch: {size: 40, shards: 8}
train: {max_steps: 12, epochs: 100}
optimizer: {weight_decay: 5e-4}
schedule: {name: onecycle, max_lr: 0.5}
YAML

# all_alike RANKS NAME SET...: the same bits on one rank, on RANKS, and stopped on one rank of three
# threads, then resumed on three ranks of two
all_alike() {
  local ranks=$1 name=$2 set sets=()
  shift 2
  for set; do sets+=(--set "$set"); done
  train() { run "$1" train "$recipe" --run-dir "$scratch/$2" --quiet "${sets[@]}" "${@:3}"; }
  train 0 "$name"
  exits "$name" 0
  train "$ranks" "$name-$ranks"
  same "$name on $ranks ranks" "$(hash_of "$name")" "$(hash_of "$name-$ranks")"
  train 0 "$name-resumed" --stop-at 7 --set compute.threads=3
  exits "$name stopped" 75
  train 3 "$name-resumed" --resume --set compute.threads=2
  same "$name resumed" "$(hash_of "$name")" "$(hash_of "$name-resumed")"
}
all_alike 8 lars optimizer=lars optimizer.clip_norm=0.7 average=ema 'optimizer.trust_columns=["*.weight"]'
all_alike 4 lamb optimizer=lamb 'optimizer.trust_columns=["*.bias|conv1.weight", "fc2*"]' optimizer.clip_value=0.01 optimizer.adapt_bias_and_norm=true schedule.max_lr=0.01 average=lookahead
# Trust ratios in steps.csv: of the parameters asked for, the same on any ranks and across the resume.
header=$(head -n 1 "$scratch/lars/steps.csv")
case $header in
*,data_wait,trust_conv1.weight,trust_bn1.weight,*,trust_fc2.weight) ok "columns of trust ratios" ;;
*) not_ok "columns of trust ratios: $header" ;;
esac
trusts() { cut -d, -f1,9- "$scratch/$1/steps.csv"; }
for other in lars-8 lars-resumed; do
  cmp -s <(trusts lars) <(trusts $other) && ok "trust ratios of $other" || not_ok "trust ratios of $other differ"
done
cmp -s <(trusts lamb) <(trusts lamb-resumed) && ok "trust ratios of lamb" || not_ok "trust ratios of lamb differ"
same "lars: far from 1 for weights, 1 for batch normalisation" "12 12" "$(awk -F, '
  NR == 1 { for (i = 1; i <= NF; i++) { if ($i == "trust_conv1.weight") w = i; if ($i == "trust_bn1.weight") b = i } next }
  $w > 0 && $w < 0.1 { small++ } $b == 1 { ones++ } END { print small, ones }' "$scratch/lars/steps.csv")"
run 0 train "$recipe" --run-dir "$scratch/none" --set optimizer=lars --set 'optimizer.trust_columns=["conv9*"]'
exits "trust ratios of nothing" 64 'trust_columns: no remaining parameter matches "conv9\*"'
run 0 train "$recipe" --run-dir "$scratch/none" --set 'optimizer.trust_columns=["*"]'
exits "sgd has no trust ratios" 64 "trust_columns"
run 0 train "$recipe" --run-dir "$scratch/lars-resumed" --resume --set optimizer=lars --set optimizer.clip_norm=0.7 \
  --set average=ema --set train.max_steps=12
exits "a resume keeps the columns" 64 "optimizer.trust_columns"
all_alike 3 swa average=swa average.start=50% average.every=3 average.batches=4
finish
