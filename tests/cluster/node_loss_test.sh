#!/bin/bash
# node_loss_test.sh - a node that is cut off in the middle of slurm/train.sbatch: the job is
# requeued (by the script under mpirun, by Slurm under srun), goes on with the nodes there are,
# and ends with the weights of the undisturbed run. Needs root and Slurm's packages.
# shellcheck source=tests/cluster/cluster.sh
. "$(dirname "$0")/cluster.sh"
# shellcheck source=tests/cluster/slurm.sh
. "$(dirname "$0")/slurm.sh"

need slurmctld slurmd munged sbatch srun
cluster_enter 400
hosts_up 4 # two to work on, and for each launcher one to lose
slurm_up 4
reference_run

for launcher in mpirun srun; do
    name=lost-$launcher
    job=$(LAUNCHER=$launcher submit "$name") || die "sbatch failed"
    wait_for 60 has_progress "$name" || tail -n 30 "$name.log"
    lost=$(job_nodes "$job" | tail -n 1) # not the first: there the batch script runs
    ip -n "$lost" link set eth0 down || die "cannot cut off '$lost'"
    wait_for 150 job_over "$job" || die "job $job is not over: $(job_state "$job")"
    # Slurm may still be ending the step before when it starts the job again: then that is done once more.
    complete "$name" "$job" $((1 + $(grep -c 'srun could not start the ranks again: requeued' "$name.log")))
    check "$name: resumed" equal "$(summary "$name" resumed)" true
done
finish
