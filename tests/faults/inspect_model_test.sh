#!/usr/bin/env bash
# inspect_model_test.sh - what onecycle inspect --model prints: the published counts, in 80 columns,
# less memory for evaluation; and what it refuses.
. "$(dirname "$0")/../lib/check.sh"

counts() { # of the last run: "PARAMETERS MULTIPLY-ADDS"
  awk '$1 == "parameters" { p = $2 } $1 == "multiply-adds" { m = $2 } END { print p, m }' "$scratch/out"
}
for row in "resnet20 269,722 40,551,040" "resnet56 853,018 125,485,696" \
  "resnet9 6,573,120 379,261,952" "resnet18 11,689,512 1,814,073,344" \
  "mnist_cnn 1,663,370 12,273,152" "resnet110 1,727,962 252,887,680"; do
  read -r name parameters products <<<"$row"
  run 0 inspect --model "$name"
  exits "$name is shown" 0
  same "$name: counts" "$(counts)" "$parameters $products"
  same "$name: in 80 columns" "$(awk 'length > 80' "$scratch/out" | wc -l)" 0
done
run 0 inspect --model resnet20 --batch 128
all=$(sed -n 's/^  total, with memory reused[^0-9]*//p' "$scratch/out" | tr -d ,)
read -r training evaluation <<<"$all"
[ "${training:-0}" -gt 0 ] && [ "${evaluation:-0}" -gt 0 ] && [ $((4 * evaluation)) -lt "$training" ] &&
  ok "evaluation takes less than a quarter" || not_ok "memory: '$all'"
run 0 inspect --model resnet20 --batch 128 --set compute.memory=low
low=$(sed -n 's/^  total, with memory reused[^0-9]*//p' "$scratch/out" | tr -d ,)
[ "${low% *}" -gt 0 ] && [ "${low% *}" -lt "$training" ] &&
  ok "compute.memory: low takes less" || not_ok "memory: '$low', normal '$all'"
same "relus in the layer before are shown so" "$(grep -c 'relu (in ' "$scratch/out")" 19
run 0 inspect --model wide_resnet --set model.depth=28 --set model.width=10
same "wide_resnet by --set" "$(counts)" "36,479,194 5,243,328,768"
run 0 inspect --model lenet --classes 5 --input 3x32x32
same "lenet on other images" "$(counts)" "654,575 4,303,500"

run 0 inspect --model resnet21
exits "an unknown model" 64 "did you mean resnet20"
run 0 inspect --model lenet --input 1x9x9
exits "too small an image" 64 "conv2: height: the kernel of 5 is larger"
run 0 inspect --model lenet --input 0x28x28
exits "no channels" 64 "0x28x28"
run 0 inspect --model resnet18 --input 3x100000x100000
exits "absurd images" 64 "3x100000x100000"
run 0 inspect --model lenet --input 28x28
exits "two dimensions" 64 "expected channels, height and width"
run 0 inspect --model lenet --batch 0
exits "no samples" 64 "from 1 to"
run 0 inspect --model lenet "$scratch"
exits "two things at once" 64 "expected only one of"
run 0 inspect --model wide_resnet --set model.depth=12
exits "a depth that does not fit" 64 "6 n + 4"
finish
