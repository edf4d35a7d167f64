#!/bin/bash
# record_peer.sh --peer VERSION --data FILE (--screen | --configuration WORD --seed N) - PyTorch's side of
# scripts/reproduce/record.sh, as compare_training.sh finds and runs it. Installs nothing.
#   --screen        the fastest of four configurations in 6 steps each: 1xCORES, then t, c or ct
#                   (tuned, channels_last: see compare_pytorch.sh), on standard output
#   --configuration WORD --seed N   one training: the last line of pytorch_record.py
#   --cores N       threads (2)
# Variables: as compare_pytorch.sh.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/pytorch.sh"
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/peers.sh"
data="" seed="" configuration="" screen=0

while [ $# -gt 0 ]; do
    case $1 in
    --screen) screen=1; shift ;;
    --peer | --data | --seed | --configuration | --cores)
        [ $# -gt 1 ] || die "$1: its value is missing"
        case $1 in
        --peer) want_peer "$1" "$2" ;;
        --data) data=$(realpath "$2") ;;
        --configuration) configuration=$2 ;;
        *) whole "$1" "$2"; printf -v "${1#--}" %s "$2" ;;
        esac
        shift 2 ;;
    --help | -h) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"; exit ;;
    *) die "$1: expected an option (see --help)" ;;
    esac
done
[ -f "$data" ] || die "--data $data: not there"
[ $screen = 1 ] || [ -n "$configuration$seed" ] || die "expected --screen, or --configuration and --seed"
modules=(torch h5py)
check_machine
find_peers
peer=${peers[0]}

train() { # CONFIGURATION OPTION... -> the last line
    run_peer "$peer" "$1" pytorch_record.py --data "$(share_file "$peer" "$data")" \
        --threads "$cores" "${@:2}" >"$scratch/json"
    tail -n 1 "$scratch/json"
}

if [ $screen = 1 ]; then
    for kind in "" t c ct; do
        echo "$(train "1x$cores$kind" --limit 6 | sed 's/^{"seconds": \([0-9.]*\).*/\1/') 1x$cores$kind"
    done | sort -g | sed -n '1s/.* //p'
else
    train "$configuration" --seed "$seed"
fi
