#!/bin/bash
# schedule_edges_test.sh - what `onecycle schedule` prints at the edges: runs of 1 and 2 steps,
# pct_start 0 and 1, div_factor 1, the last cycle; or the error, with file, line, what was found
# and what is expected. Rates by hand from the formulas in docs/GUIDE.md, max_lr and lr 1.
. "$(dirname "$0")/../lib/check.sh"
cd "$scratch" || exit 1

recipe() { # SETTINGS, by ;
    printf 'model: lenet\ndata: {file: none.h5}\ntrain: {epochs: 1}\nschedule:\n' >r.yaml
    tr ';' '\n' <<<"$1" | sed 's/^ */  /' >>r.yaml
}
prints() { # STEPS SETTINGS RATES: of all steps
    recipe "$2"
    run 0 schedule r.yaml --steps "$1"
    same "$1 steps, $2" "$3" "$(sed 1d out | cut -d, -f2 | xargs)"
}
refuses() { # STEPS SETTINGS MESSAGE: all of it
    recipe "$2"
    run 0 schedule r.yaml --steps "$1"
    exits "$1 steps, $2" 64
    same "  and it says why" "onecycle: $3" "$(cat err)"
}

# One step: the first rate; PyTorch's OneCycleLR has its last step there.
prints 1 "max_lr: 1" "0.04"
prints 1 "max_lr: 1; dialect: fastai2" "0.04"
prints 1 "max_lr: 1; dialect: torch" "4e-06"
prints 1 "max_lr: 1; dialect: smith" "0.04"
prints 1 "max_lr: 1; name: cyclical" "0.25"
prints 1 "lr: 1; name: constant" "1"
prints 1 "lr: 1; name: step; every: 1" "1"
prints 1 "lr: 1; name: multistep; milestones: [1]" "1"
prints 1 "lr: 1; name: exponential; gamma: 0.5" "1"
prints 1 "lr: 1; name: inverse; gamma: 0.5" "1"
prints 1 "lr: 1; name: polynomial" "1"
prints 1 "lr: 1; name: cosine" "1"
prints 1 "lr: 1; name: warm_restarts" "1"
prints 1 "lr: 1; name: flat_cos" "1"
prints 1 "lr: 1; name: piecewise; knots: [0, 1]; factors: [0.5, 1]" "0.5"
# Two: up and at the peak; PyTorch's peak lies at 0.3 * 2 - 1, before the first step.
prints 2 "max_lr: 1" "0.04 1"
prints 2 "max_lr: 1; dialect: fastai2" "0.04 0.7500025"
prints 2 "max_lr: 1; dialect: torch; anneal: linear" "0.7142868571 4e-06"
prints 2 "max_lr: 1; dialect: torch3; pct_start: 0.5" "1 4e-06"
prints 2 "max_lr: 1; dialect: smith" "0.04 1"
prints 2 "max_lr: 1; name: cyclical" "0.25 1"
prints 2 "lr: 1; name: cosine" "1 0.5"
prints 2 "lr: 1; name: warm_restarts; cycles: 2" "1 1"
prints 2 "lr: 1; name: cosine; warmup: 1" "0.1 1"
# Only up, only down, from the peak itself.
prints 4 "max_lr: 1; anneal: linear; pct_start: 1; div_factor: 4" "0.25 0.4375 0.625 0.8125"
prints 4 "max_lr: 1; anneal: linear; pct_start: 0; final_div: 1e15; div_factor: 4" "0.25 1 0.75 0.5"
prints 4 "max_lr: 1; dialect: fastai2; anneal: linear; pct_start: 1; div_factor: 4" "0.25 0.4375 0.625 0.8125"
prints 4 "max_lr: 1; dialect: fastai2; anneal: linear; pct_start: 0; final_div: 1e15" "1 0.75 0.5 0.25"
prints 4 "max_lr: 1; dialect: torch; anneal: linear; pct_start: 1; div_factor: 4" "0.25 0.5 0.75 1"
prints 3 "max_lr: 1; dialect: torch; anneal: linear; pct_start: 0; div_factor: 1; final_div: 4" "0.75 0.5 0.25"
prints 4 "max_lr: 1; dialect: smith; pct_start: 1; div_factor: 4" "0.25 0.4375 0.625 0.8125"
prints 4 "max_lr: 1; dialect: smith; pct_start: 0; div_factor: 4; annihilation: 0" "0.25 1 0.75 0.5"
prints 4 "max_lr: 1; dialect: smith; annihilation: 1" "0.04 1 4e-05 4e-05"
prints 4 "max_lr: 1; anneal: linear; div_factor: 1; final_div: 1" "1 1 1 1"
prints 4 "lr: 1; name: flat_cos; pct_start: 1" "1 1 1 1"
prints 4 "lr: 1; name: flat_cos; pct_start: 0; final_div: 1" "1 1 1 1"
# Where PyTorch divides by zero: pct_start * steps is 1.
prints 4 "max_lr: 1; dialect: torch; anneal: linear; pct_start: 0.25; final_div: 1; div_factor: 4" "1 0.75 0.5 0.25"
# The end of the last whole cycle is the end of the run.
prints 11 "max_lr: 1; name: cyclical; base_lr: 0; step_size: 2" "0 0.5 1 0.5 0 0.5 1 0.5"
prints 5 "max_lr: 1; name: cyclical; base_lr: 0; step_size: 2; cycles: 0.5" "0 0.5"
prints 9 "lr: 1; name: warm_restarts; cycle: 2; cycle_mult: 2" "1 0.5 1 0.8535533906 0.5 0.1464466094"

refuses 2 "max_lr: 1; dialect: torch3; pct_start: 0.3" "r.yaml:7: schedule.pct_start: found 0.3 of 2 steps, expected at least one step in dialect torch3, which would never reach max_lr"
refuses 10 "max_lr: 1; dialect: torch3; pct_start: 0.6" "r.yaml:7: schedule.pct_start: found 0.6, expected up to 0.5 in dialect torch3, where falling takes as many steps as rising"
refuses 2 "max_lr: 1; pct_start: 1.01" 'r.yaml:6: schedule.pct_start: expected auto or a number from 0 to 1, found "1.01"'
refuses 2 "max_lr: 1; div_factor: 0.99" 'r.yaml:6: schedule.div_factor: expected a number from 1 to 1000000000, found "0.99"'
refuses 2 "max_lr: 1; final_div: 0.5" 'r.yaml:6: schedule.final_div: expected auto or a number from 1 to 1e+15, found "0.5"'
refuses 2 "max_lr: 0" 'r.yaml:5: schedule.max_lr: expected slice(a, b), slice(b) or a number above 0 and up to 1000, found "0"'
refuses 2 "max_lr: 1; annihilation: 0.1" "r.yaml:6: schedule.annihilation: found 0.1, expected 0: dialect fastai1 has no such phase (smith has)"
refuses 2 "max_lr: 1; momentum: [0.8, 0.9]" "r.yaml:6: schedule.momentum: found [0.8, 0.9], expected the higher one first: momentum falls while the rate rises"
refuses 10 "max_lr: 1; name: cyclical; step_size: 6" "r.yaml:7: schedule.step_size: found 1 cycles of 2 x 6 steps in a run of 10 steps; expected them to fit, with at least one step"
refuses 2 "max_lr: 1; name: cyclical; cycles: 3" "r.yaml:7: schedule.cycles: found 3 cycles of 2 x 0.333333 steps in a run of 2 steps; expected them to fit, with at least one step"
refuses 2 "lr: 1; name: warm_restarts; cycles: 3" "r.yaml:7: schedule.cycles: found 3 cycles, the first of 0.666667 steps, in a run of 2 steps; expected them to fit, with at least one step"
refuses 2 "lr: 1; name: warm_restarts; cycle: 3" "r.yaml:7: schedule.cycle: found 1 cycles, the first of 3 steps, in a run of 2 steps; expected them to fit, with at least one step"
refuses 2 "lr: 1; name: cosine; warmup: 2" "r.yaml:7: schedule.warmup: found 2 steps, which leaves none of the run's 2; expected fewer"
refuses 2 "lr: 1; name: cosine; min_lr: 2" "r.yaml:7: schedule.min_lr: found 2, expected from 0 to the lr of 1"
refuses 2 "lr: 1; name: multistep; milestones: [1, 1]" "r.yaml:7: schedule.milestones: found step 1 after step 1, expected increasing steps"
refuses 2 "lr: 1; name: piecewise; knots: [2, 1]; factors: [1, 1]" "r.yaml:7: schedule.knots: found step 1 after step 2, expected increasing steps"
refuses 2 "lr: 1; name: step; every: 1 epochs" "r.yaml:7: schedule.every: found 1 epochs, expected steps or % of the run: how many steps an epoch has is not known here"
recipe "max_lr: 1; name: cyclical"
run 0 schedule r.yaml --steps 10 --set schedule.step_size=6
exits "a key of the command line" 64 "^onecycle: --set schedule.step_size=6: schedule.step_size: found 1 cycles"

# Training says the same, once on two ranks too.
cat >make.py <<'END'
import struct
for name, n in (("train", 64), ("t10k", 32)):
    open(name + "-images-idx3-ubyte", "wb").write(struct.pack(">iiii", 2051, n, 28, 28) + bytes(range(256)) * 98 * (n // 32))
    open(name + "-labels-idx1-ubyte", "wb").write(struct.pack(">ii", 2049, n) + bytes(i % 10 for i in range(n)))
END
if command -v python3 >/dev/null && python3 make.py && "$ONECYCLE" import idx . none.h5 >/dev/null 2>&1; then
    recipe "max_lr: 1; name: cyclical; step_size: 60"
    echo "batch: {size: 32, shards: 2}" >>r.yaml
    for ranks in 0 2; do
        run $ranks train r.yaml --quiet --run-dir refused
        exits "training on $ranks ranks" 64 "^onecycle: r.yaml:7: schedule.step_size: found 1 cycles of 2 x 60 steps in a run of 2 steps"
        same "  once" 1 "$(grep -c step_size err)"
    done
fi
finish
