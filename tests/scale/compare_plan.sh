#!/bin/bash
# compare_plan.sh [OPTION]... [RANKS]... - `onecycle plan` beside the simulation of the same steps (scale.sh):
# 16, 64 and 256 ranks or as given, one a node, a shard of 32 each.
#   --network NAME    resnet20 (default) or any model
#   --links LIST      of ft10,ft25,ft100,ethernet (all)
#   --bucket BYTES, --share   as in scale.sh
# Both get the same times of layers, which plan has measured here. Columns: milliseconds of a step with the
# exchange after backward and during it, by plan and simulated, and plan / simulation.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd) root=$(cd "$(dirname "$0")/../.." && pwd)
onecycle=${ONECYCLE:-$root/build/onecycle}
network=resnet20 links=ft10,ft25,ft100,ethernet bucket=0 options=() ranks=()
die() { echo "compare_plan.sh: $*" >&2; exit 64; }
while [ $# -gt 0 ]; do
    case $1 in
    --network | --links | --bucket)
        [ $# -gt 1 ] || die "$1: its value is missing"
        printf -v "${1#--}" %s "$2"
        shift 2 ;;
    --share) options+=("$1"); shift ;;
    --help) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"; exit ;;
    *) [[ $1 =~ ^[0-9]+$ ]] || die "$1: expected an option (see --help) or a number of ranks"
        ranks+=("$1"); shift ;;
    esac
done
[ ${#ranks[@]} -gt 0 ] || ranks=(16 64 256)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cat >"$scratch/recipe.yaml" <<END
model: $network
data: {file: none.h5}
batch: {size: 32}
train: {epochs: 1}
schedule: {max_lr: 0.1}
reduce: {bucket: $([ "$bucket" = 0 ] && echo auto || echo "${bucket}B")}
END

echo "# $network, a shard of 32 per rank; $(git -C "$root" describe --always --dirty 2>/dev/null)"
printf '%-8s %5s %9s %9s %9s %6s %9s %9s %6s\n' link ranks compute "after" simulated ratio "during" simulated ratio
for link in ${links//,/ }; do
    case $link in # as in scale.sh: two links from host to host
    ft10 | ft25 | ft100) network_is=(--latency 2us --bandwidth "${link#ft}Gbit") ;;
    ethernet) network_is=(--latency 20us --bandwidth 1Gbit) ;;
    *) die "--links $link: expected ft10, ft25, ft100 or ethernet" ;;
    esac
    "$onecycle" plan "$scratch/recipe.yaml" --samples 16777216 --efficiency 0.01 "${network_is[@]}" \
        --nodes "$(IFS=,; echo "${ranks[*]}")" --json - >"$scratch/plan.json"
    jq -r '.measured[0] | .shard_seconds + .fixed_seconds - ([.backward[].seconds] | add),
        (.backward[] | "\(.parameters) \(.seconds)")' "$scratch/plan.json" >"$scratch/layers"
    "$here/scale.sh" --network "$network" --link "$link" --bucket "$bucket" --layers "$scratch/layers" "${options[@]}" \
        "${ranks[@]}" >"$scratch/simulated"
    for n in "${ranks[@]}"; do
        jq -r --argjson n "$n" '.plan[] | select(.nodes == $n) | .batch_to_use | "\(.compute_seconds * 1000) \(
            .exchange_after_seconds * 1000) \(.exchange_during_seconds * 1000)"' "$scratch/plan.json" |
            awk -v link="$link" -v n="$n" -v off="$(awk -v n="$n" '$1 == "off" && $2 == n {print $4}' "$scratch/simulated")" \
                -v on="$(awk -v n="$n" '$1 == "on" && $2 == n {print $4}' "$scratch/simulated")" '{
                printf "%-8s %5d %9.2f %9.2f %9.2f %6.3f %9.2f %9.2f %6.3f\n", link, n, $1, $1 + $2, off,
                    ($1 + $2) / off, $1 + $3, on, ($1 + $3) / on }'
    done
done
