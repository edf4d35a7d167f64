#!/bin/bash
# slurm_test.sh - slurm/train.sbatch on a real Slurm with two (pretend) nodes: the weights of the
# single-process run, through srun and mpirun, and also when the job is told half-way to stop,
# requeues itself and resumes. Needs root and Slurm's packages; see cluster.sh and slurm.sh.
# shellcheck source=tests/cluster/cluster.sh
. "$(dirname "$0")/cluster.sh"
# shellcheck source=tests/cluster/slurm.sh
. "$(dirname "$0")/slurm.sh"

need slurmctld slurmd munged sbatch srun
cluster_enter 400
hosts_up 2
slurm_up 2
reference_run

for launcher in srun mpirun; do
    job=$(LAUNCHER=$launcher submit "plain-$launcher") || die "sbatch failed"
    complete "plain-$launcher" "$job" 0

    name=told-$launcher
    job=$(LAUNCHER=$launcher submit "$name") || die "sbatch failed"
    wait_for 60 has_progress "$name" || tail -n 30 "$name.log"
    timeout 10 scancel --batch --signal=USR1 "$job"
    complete "$name" "$job" 1
    check "$name: stopped with 75" grep -q "ended with exit code 75" "$name.log"
    check "$name: resumed" equal "$(summary "$name" resumed)" true
done

# An array of two, a node each: the task that is told to stop requeues itself and nobody else, though
# the last one's SLURM_JOB_ID is that of the whole array.
array=$(RECIPE=job.yaml timeout 20 sbatch --parsable --nodes=1 --array=0-1 --output=array_%a.log \
    "$ONECYCLE_SOURCE/slurm/train.sbatch") || die "sbatch failed"
for task in 0 1; do
    wait_for 60 has_progress "runs/slurm-${array}_$task" || tail -n 30 "array_$task.log"
done
timeout 10 scancel --batch --signal=USR1 "${array}_1"
for task in 0 1; do
    finished "array_$task" "${array}_$task" 0 "$task"
    check "array_$task: same weights_hash" equal \
        "$(summary "runs/slurm-${array}_$task" weights_hash)" "$expected"
done

# The cap: a job that may not be requeued ends with the run's exit code, once.
job=$(MAX_REQUEUE=0 submit capped) || die "sbatch failed"
wait_for 60 has_progress capped || tail -n 30 capped.log
timeout 10 scancel --batch --signal=USR1 "$job"
finished capped "$job" 75 0

# A job that its user cancels stays cancelled.
job=$(submit cancelled) || die "sbatch failed"
wait_for 60 has_progress cancelled || tail -n 30 cancelled.log
timeout 10 scancel "$job"
wait_for 30 job_over "$job"
check "cancelled: not requeued" equal "$(job_state "$job")/$(job_field "$job" Restarts)" \
    CANCELLED/0
finish
