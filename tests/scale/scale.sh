#!/bin/bash
# scale.sh [OPTION]... [RANKS]... - a training step on simulated clusters of 16, 64, 256 and 1024 ranks
# (or as given), one a host: the code of mpi/ as it is, under SimGrid (Debian: libsimgrid-dev, jq).
#   --network NAME    resnet20 (default), resnet9 or any model that bench step takes; a shard of 32 a rank
#   --link NAME       ft10, ft25 (default), ft100: a fat tree of 10, 25 or 100 Gbit/s; ethernet: one switch
#   --modes LIST      of off,on,library (off,on): exchange after backward, during it, MPI_Allreduce
#   --bucket BYTES    as reduce.bucket (the default)
#   --layers FILE     times of layers from there, as scale.c reads them, in place of measuring
#   --share           all ranks share one vector: for networks that this machine's memory would not hold
# Time of layers is measured here first, with one thread. Additions of the exchange cost nothing in the
# simulation. Columns: mode, ranks, milliseconds of computing, of a step and of what is beside computing,
# efficiency, and of the rank that has most: messages sent, MiB sent, MiB of the reduction's memory.
# Without --share the bits of the sum are compared with the tree on one rank; a difference is exit code 1.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd) root=$(cd "$(dirname "$0")/../.." && pwd)
onecycle=${ONECYCLE:-$root/build/onecycle}
network=resnet20 link=ft25 modes=off,on bucket=0 share=0 layers='' ranks=()
die() { echo "scale.sh: $*" >&2; exit 64; }
while [ $# -gt 0 ]; do
    case $1 in
    --network | --link | --modes | --bucket | --layers)
        [ $# -gt 1 ] || die "$1: its value is missing"
        printf -v "${1#--}" %s "$2"
        shift 2 ;;
    --share) share=1; shift ;;
    --help) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"; exit ;;
    *) [[ $1 =~ ^[0-9]+$ ]] || die "$1: expected an option (see --help) or a number of ranks"
        ranks+=("$1"); shift ;;
    esac
done
[ ${#ranks[@]} -gt 0 ] || ranks=(16 64 256 1024)
for program in smpicc smpirun jq; do
    command -v $program >/dev/null || { echo "scale.sh: $program is not installed (libsimgrid-dev, jq)" >&2; exit 77; }
done
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# A fat tree of 32 hosts a switch, each with one link of the given rate, or one switch for all.
platform() { # GIGABITS LATENCY TOPOLOGY
    cat <<XML
<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1">
  <zone id="world" routing="Full">
    <cluster id="c" prefix="n" suffix="" radical="0-1023" speed="50Gf" bw="$1Gbps" lat="$2" $3 loopback_bw="80Gbps" loopback_lat="0"/>
  </zone>
</platform>
XML
}
tree='topology="FAT_TREE" topo_parameters="2;32,32;1,16;1,1"'
case $link in
ft10 | ft25 | ft100) platform "${link#ft}" 1us "$tree" >"$scratch/platform.xml" ;;
ethernet) platform 1 10us '' >"$scratch/platform.xml" ;;
*) die "--link $link: expected ft10, ft25, ft100 or ethernet" ;;
esac
seq 0 1023 | sed 's/^/n/' >"$scratch/hosts"

if [ -n "$layers" ]; then
    cp "$layers" "$scratch/layers"
else
    "$onecycle" bench step --model "$network" --batch 32 --shards 1 --seconds 3 --json - >"$scratch/step.json"
    jq -r '([.layers[].forward.seconds] | add), (.layers[] | "\(.parameters) \(.backward.seconds)")' \
        "$scratch/step.json" >"$scratch/layers"
fi

sources=("$here/scale.c" "$here/stand_ins.c")
for file in "$root"/mpi/*.c "$root"/src/base/*.c; do
    case $file in */watchdog.c | */memory.c | */node_memory.c) ;; *) sources+=("$file") ;; esac
done
smpicc -O2 -std=gnu11 -D_GNU_SOURCE -DONECYCLE_WITH_MPI=1 -I"$root" -I"$root/src" "${sources[@]}" \
    -o "$scratch/scale" -lxxhash -lm
echo "# $network, a shard of 32 per rank, link $link, bucket ${bucket/#0/default}; $(git -C "$root" describe --always --dirty 2>/dev/null)"
printf '%-7s %5s %9s %9s %9s %6s %8s %8s %8s\n' mode ranks compute step beside eff. messages MiB memory
for n in "${ranks[@]}"; do
    for mode in ${modes//,/ }; do
        smpirun -np "$n" -platform "$scratch/platform.xml" -hostfile "$scratch/hosts" --log=root.thres:critical \
            --cfg=smpi/host-speed:50Gf --cfg=smpi/simulate-computation:no --cfg=smpi/test:1e-7 --cfg=smpi/grow-injected-times:no --cfg=smpi/privatization:dlopen \
            "$scratch/scale" "$scratch/layers" "$mode" "$bucket" 2 "$share"
    done
done
