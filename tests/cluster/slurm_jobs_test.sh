#!/bin/bash
# slurm_jobs_test.sh - jobs beside others on a real Slurm: one that is preempted by a partition of higher
# priority, one whose nodes differ, an evaluation that waits for a training, an array that varies a key.
# How one job saves and requeues itself: slurm_test.sh. Needs root and Slurm's packages.
# shellcheck source=tests/cluster/cluster.sh
. "$(dirname "$0")/cluster.sh"
# shellcheck source=tests/cluster/slurm.sh
. "$(dirname "$0")/slurm.sh"

need slurmctld slurmd munged sbatch srun
cluster_enter 400
hosts_up 2
slurm_cpus=(2 4)
slurm_up 2
reference_run

# Nodes of different sizes: two ranks on each.
job=$(submit uneven --ntasks-per-node=2) || die "sbatch failed"
finished uneven "$job" 0 0
check "uneven: 4 ranks" equal "$(summary uneven ranks)" 4
check "uneven: same weights_hash" equal "$(summary uneven weights_hash)" "$expected"

# An evaluation that waits for a training, which is told to stop and requeues itself.
job=$(submit first) || die "sbatch failed"
eval=$(RUN_DIR=first timeout 20 sbatch --parsable --dependency="afterok:$job" --output=eval.log \
    "$ONECYCLE_SOURCE/slurm/eval.sbatch") || die "sbatch failed"
wait_for 60 has_progress first || tail -n 30 first.log
timeout 10 scancel --batch --signal=USR1 "$job"
complete first "$job" 1
finished eval "$eval" 0 0
check "eval: of the last step" grep -q "^checkpoint .*step-000000200.h5" eval.log
check "eval: an accuracy" grep -Eq "^test_accuracy [0-9.]+" eval.log

# A task a value. The first one's is that of the recipe.
array=$(RECIPE=job.yaml TASK_KEY=train.seed TASK_VALUES="1 7" timeout 20 sbatch --parsable --nodes=1 \
    --array=0-2 --output=array_%a.log "$ONECYCLE_SOURCE/slurm/train.sbatch") || die "sbatch failed"
finished array_0 "${array}_0" 0 0
finished array_1 "${array}_1" 0 0
finished array_2 "${array}_2" 64 0
check "array_0: the recipe's seed" equal "$(summary "runs/slurm-${array}_0" weights_hash)" "$expected"
check "array_1: another seed" grep -q "seed: 7" "runs/slurm-${array}_1/recipe.yaml"
check "array_2: no value" grep -q "TASK_VALUES: found 2 values, none for task 2" array_2.log

# Preempted: Slurm takes the nodes, requeues the job, and it goes on when they are free again.
sed -e 's/epochs: 3, max_steps: 200/max_steps: 500/' job.yaml >long.yaml
"$ONECYCLE" train long.yaml --run-dir long-single >single.log 2>&1 </dev/null || die "the long run failed"
expected=$(summary long-single weights_hash)
job=$(RECIPE=long.yaml submit preempted) || die "sbatch failed"
wait_for 60 has_progress preempted || tail -n 30 preempted.log
timeout 20 sbatch --partition=urgent --nodes=2 --exclusive --output=urgent.log --wrap "sleep 2" >/dev/null ||
    die "sbatch failed"
complete preempted "$job" 1
check "preempted: resumed" equal "$(summary preempted resumed)" true
finish
