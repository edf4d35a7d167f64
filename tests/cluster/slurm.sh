# slurm.sh - a real slurmctld on head and a slurmd on each pretend host (sourced after
# cluster.sh, by tests that called hosts_up). One munged with its own key and socket.

# slurm_conf N. Nodes have 2 processors, or what ${slurm_cpus[@]} says. Jobs of the partition urgent take the
# nodes of those in main away.
slurm_conf() {
    local i
    cat <<END
ClusterName=tiny
SlurmctldHost=head(10.77.0.100)
SlurmUser=root
AuthType=auth/munge
# cred_expire is also how long a requeued job waits: 120 s by default
AuthInfo=socket=$CLUSTER/munge/socket,cred_expire=5
StateSaveLocation=$CLUSTER/slurm/state
SlurmctldPidFile=$CLUSTER/slurm/slurmctld.pid
SlurmctldLogFile=$CLUSTER/slurm/slurmctld.log
SlurmdSpoolDir=$CLUSTER/slurm/spool.%n
SlurmdPidFile=$CLUSTER/slurm/slurmd.%n.pid
SlurmdLogFile=$CLUSTER/slurm/slurmd.%n.log
# one for each node, as srun --mpi=pmix keeps a folder in there
TmpFS=$CLUSTER/slurm/tmp.%n
# no control groups
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
MailProg=/bin/true
ReturnToService=2
# quick reactions
SlurmdTimeout=10
KillWait=5
MessageTimeout=5
SchedulerParameters=sched_min_interval=100000,bf_interval=1
END
    for i in $(seq "$1"); do
        echo "NodeName=n$i NodeAddr=10.77.0.$i CPUs=${slurm_cpus[i - 1]:-2} State=UNKNOWN"
    done
    echo "PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP PriorityTier=1"
    echo "PartitionName=urgent Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=10 PreemptMode=OFF"
}

slurm_logs() { tail -n 20 "$CLUSTER"/slurm/*.log "$CLUSTER/munge/log" 2>/dev/null; }

nodes_idle() { # N
    [ "$(timeout 10 sinfo -h -N -t idle -o %N 2>/dev/null | sort -u | wc -l)" = "$1" ]
}

# slurm_up N: on n1 ... nN
slurm_up() {
    local i
    mkdir -p "$CLUSTER/slurm/state" "$CLUSTER/munge"
    chmod 755 "$CLUSTER" "$CLUSTER/munge"
    export SLURM_CONF=$CLUSTER/slurm.conf
    slurm_conf "$1" >"$SLURM_CONF"
    # Newer ones (Debian 13) ask for control groups whatever the plugins; older ones do not know this value.
    case $(slurmd -V) in
    *" 2"[0-3].*) ;;
    *) echo "CgroupPlugin=disabled" >"$CLUSTER/cgroup.conf" ;;
    esac
    (umask 077 && head -c 1024 /dev/urandom >"$CLUSTER/munge/key")
    munged --key-file="$CLUSTER/munge/key" --socket="$CLUSTER/munge/socket" \
        --pid-file="$CLUSTER/munge/pid" --seed-file="$CLUSTER/munge/seed" \
        --log-file="$CLUSTER/munge/log" || die "munged does not start"
    slurmctld || die "slurmctld does not start"
    for i in $(seq "$1"); do
        mkdir -p "$CLUSTER/slurm/spool.n$i" "$CLUSTER/slurm/tmp.n$i"
        on "n$i" slurmd -N "n$i" || {
            slurm_logs
            die "slurmd does not start on n$i"
        }
    done
    wait_for 30 nodes_idle "$1" || {
        slurm_logs
        die "Slurm's nodes do not come up"
    }
}

# job_state JOB: RUNNING, PENDING, COMPLETED ...
job_state() {
    timeout 10 scontrol --oneliner show job "$1" | sed -n 's/.*JobState=\([A-Z_]*\).*/\1/p'
}

job_field() { # JOB KEY
    timeout 10 scontrol --oneliner show job "$1" | sed -n "s/.* $2=\([^ ]*\).*/\1/p"
}

job_over() { # JOB
    case $(job_state "$1") in
        PENDING | RUNNING | COMPLETING | SUSPENDED | CONFIGURING | '') return 1 ;;
    esac
}

job_nodes() { # JOB
    timeout 10 scontrol show hostnames "$(timeout 10 squeue -h -j "$1" -o %N)"
}

# submit NAME SBATCH-OPTION...: slurm/train.sbatch on two nodes, its other variables being the
# caller's. Prints the job's number.
submit() {
    local name=$1
    shift
    RECIPE=${RECIPE:-job.yaml} RUN_DIR=$name timeout 20 sbatch --parsable --nodes=2 --output="$name.log" \
        "$@" "$ONECYCLE_SOURCE/slurm/train.sbatch"
}

# finished NAME JOB CODE RESTARTS: what must be true of a job at its end
finished() {
    local name=$1 job=$2
    # One that is still running has an exit code of 0, too, and the summary of its first start.
    wait_for 150 job_over "$job" || die "job $job is not over: $(job_state "$job")"
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
