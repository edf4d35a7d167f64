# cluster.sh - pretend hosts and a real Slurm on this one machine, for the tests in this folder
# (sourced by them). Not for production, and not a way to measure networks.
#
# A test calls cluster_enter first and goes on in namespaces of its own (processes, mounts,
# network, hostname, System V IPC). Whatever it starts or mounts there ends with it, however it
# ends, and the machine's own network, munge and Slurm are not touched. In there:
#   $CLUSTER   a folder in memory (below a /run of its own)
#   head       this shell: 10.77.0.100 on the bridge br0
#   n1 n2 ...  hosts: a network namespace with eth0 = 10.77.0.1 ... on that bridge, a hostname
# Test cases: check, equal, finish, skip, die. Hosts: hosts_up, on, mpirun_on. Slurm: slurm_up.

set -uo pipefail
test_name=$(basename "$0" .sh)
# ctest sets both; by hand it is the quickstart's build that is tested
: "${ONECYCLE_SOURCE:=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}"
: "${ONECYCLE:=$ONECYCLE_SOURCE/build/onecycle}"
passed=0 failed=0

say() { echo "$test_name: $*"; }

skip() { # REASON
    say "skipped: $*"
    exit 77
}

finish() {
    say "$passed passed, $failed failed"
    [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
    exit
}

die() { # REASON: the test bed itself does not work
    say "FAILED: $*"
    failed=$((failed + 1))
    finish
}

check() { # TEXT CMD...: one test case
    local text=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
        say "ok: $text"
    else
        failed=$((failed + 1))
        say "FAILED: $text"
    fi
}

equal() { # GOT EXPECTED
    [ "$1" = "$2" ] && return 0
    say "got '$1', expected '$2'"
    return 1
}

wait_for() { # SECONDS CMD...: until CMD succeeds
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.1
    done
}

need() { # PROGRAM...
    local program
    for program in "$@"; do
        command -v "$program" >/dev/null || skip "$program is not installed"
    done
}

# cluster_enter SECONDS: run this script inside the namespaces, for SECONDS at most. Comes back
# only in there. --kill-child and pdeathsig: when an outer process dies, the inner ones do.
cluster_enter() {
    local limit=$1
    local namespaces=(unshare --fork --kill-child --pid --mount-proc --mount --net --uts --ipc)
    if [ -n "${CLUSTER_INSIDE:-}" ] && [ $$ = 1 ]; then
        cluster_setup
        return
    fi
    [ -x "$ONECYCLE" ] || die "no program $ONECYCLE"
    [ "$(id -u)" = 0 ] || skip "only root can make network namespaces here"
    case $(. "$ONECYCLE_SOURCE/tests/lib/launch.sh" && echo "$launcher") in
    openmpi-*) ;;
    *) skip "the pretend hosts need the options of Open MPI's mpirun, and its PMIx under Slurm" ;;
    esac
    need unshare nsenter setpriv timeout ip mpirun
    "${namespaces[@]}" sh -c 'mount -t tmpfs tmpfs /run && ip link add br0 type bridge &&
        ip link add v1 type veth peer name v2' >/dev/null 2>&1 ||
        skip "namespaces, bridges or veth pairs are not to be had here"
    CLUSTER_INSIDE=1 exec timeout --foreground --verbose --signal=KILL "$limit" \
        setpriv --pdeathsig KILL "${namespaces[@]}" bash "$0"
}

cluster_setup() {
    trap 'exit 130' INT TERM HUP
    unset "${!SLURM_@}" "${!OMPI_MCA_@}" "${!PRTE_MCA_@}" "${!PMIX_@}"
    mount -t tmpfs tmpfs /run || die "no tmpfs"
    CLUSTER=/run/cluster
    mkdir -p "$CLUSTER/tmp" /run/uts
    export TMPDIR=$CLUSTER/tmp OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    cd "$CLUSTER" || die "no $CLUSTER"

    # The hosts are slices of this machine: more ranks than processors must not spin, and
    # messages go by TCP over eth0 as between real hosts.
    export OMPI_MCA_mpi_yield_when_idle=1 OMPI_MCA_hwloc_base_binding_policy=none
    export OMPI_MCA_pml=ob1 OMPI_MCA_btl=tcp,self OMPI_MCA_btl_tcp_if_include=eth0
    export OMPI_MCA_plm_rsh_agent=$CLUSTER/rsh OMPI_MCA_plm_rsh_no_tree_spawn=1
    # The same for Open MPI 5
    export PRTE_MCA_plm_ssh_agent=$CLUSTER/rsh PRTE_MCA_plm_ssh_no_tree_spawn=1
    export PRTE_MCA_prte_if_include=eth0 PRTE_MCA_hwloc_default_binding_policy=none
    cat >"$CLUSTER/rsh" <<'END'
#!/bin/sh
# stands for ssh: rsh HOST COMMAND
host=$1
shift
exec nsenter --net="/run/netns/$host" --uts="/run/uts/$host" sh -c "$*"
END
    chmod +x "$CLUSTER/rsh"
}

# hosts_up N: n1 ... nN
hosts_up() {
    local i
    {
        hostname head && ip link set lo up &&
            ip link add br0 type bridge && ip addr add 10.77.0.100/24 dev br0 &&
            ip link set br0 up
    } || die "cannot make the bridge"
    printf '127.0.0.1 localhost\n10.77.0.100 head\n' >"$CLUSTER/hosts"
    for i in $(seq "$1"); do
        printf '10.77.0.%d n%d\n' "$i" "$i" >>"$CLUSTER/hosts"
        touch "/run/uts/n$i"
        {
            ip netns add "n$i" && unshare --uts="/run/uts/n$i" hostname "n$i" &&
                ip link add "v$i" type veth peer name eth0 netns "n$i" &&
                ip link set "v$i" master br0 up && ip -n "n$i" link set lo up &&
                ip -n "n$i" addr add "10.77.0.$i/24" dev eth0 && ip -n "n$i" link set eth0 up
        } || die "cannot make the host n$i"
    done
    mount --bind "$CLUSTER/hosts" /etc/hosts || die "cannot lay hosts over /etc/hosts"
}

# on HOST CMD... (not "ip netns exec": its fresh /sys lacks the cgroups slurmd looks for)
on() {
    local host=$1
    shift
    nsenter --net="/run/netns/$host" --uts="/run/uts/$host" "$@"
}

# mpirun_on N CMD...: one rank on each of n1 ... nN, mpirun runs on n1
mpirun_on() {
    local n=$1 hosts
    shift
    hosts=$(seq -s, -f 'n%g' "$n")
    on n1 timeout --signal=KILL 100 mpirun --host "$hosts" -n "$n" "$@" </dev/null
}

# summary RUN KEY: a value of RUN/summary.json; empty if it is not there
summary() {
    sed -n "s/^.*\"$2\": *\"\{0,1\}\([^\",}]*\).*$/\1/p" "$1/summary.json" 2>/dev/null
}

# A data set and a recipe, $CLUSTER/job.yaml: 200 steps of lenet, batch 96 in 24 shards; and
# what one process makes of it: $CLUSTER/single, its weights_hash in $expected.
reference_run() {
    "$ONECYCLE" import synthetic "$CLUSTER/job.h5" >import.log 2>&1 || {
        cat import.log
        die "cannot make the data set"
    }
    cat >"$CLUSTER/job.yaml" <<'END'
model: lenet
data: {file: job.h5}
batch: {size: 96, shards: 24}
train: {epochs: 3, max_steps: 200, seed: 1}
optimizer: {name: sgd, weight_decay: 5e-4}
schedule: {name: onecycle, max_lr: 0.05}
checkpoint: {every_steps: 40, keep: 2}
END
    "$ONECYCLE" train job.yaml --run-dir single >single.log 2>&1 </dev/null || {
        tail -n 20 single.log
        die "the single-process run failed"
    }
    expected=$(summary single weights_hash)
    [ -n "$expected" ] || die "the single-process run has no weights_hash"
    say "single process: $(summary single steps) steps, weights_hash $expected"
}
