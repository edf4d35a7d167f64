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

# submit NAME SBATCH-OPTION...: variables of train.sbatch are the caller's; prints the job's number
submit() {
    local name=$1
    shift
    RECIPE=job.yaml RUN_DIR=$name timeout 20 sbatch --parsable --nodes=2 --output="$name.log" \
        "$@" "$ONECYCLE_SOURCE/slurm/train.sbatch"
}

# finished NAME JOB CODE RESTARTS: what must be true of a job at its end
finished() {
    local name=$1 job=$2
    wait_for 90 job_over "$job" || say "job $job: $(job_state "$job")"
    [ "$(job_field "$job" ExitCode)" = "$3:0" ] || tail -n 30 "$name.log"
    check "$name: exit code $3" equal "$(job_field "$job" ExitCode)" "$3:0"
    check "$name: restarts" equal "$(job_field "$job" Restarts)" "$4"
}

# complete NAME JOB RESTARTS: a job that trained to the end
complete() {
    finished "$1" "$2" 0 "$3"
    check "$1: 2 ranks" equal "$(summary "$1" ranks)" 2
    check "$1: same weights_hash" equal "$(summary "$1" weights_hash)" "$expected"
}

has_progress() { # RUN: some steps done
    [ "$(wc -l 2>/dev/null <"$1/steps.csv")" -gt 1 ] || ls "$1"/checkpoints/step-*.h5
} >/dev/null 2>&1

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
