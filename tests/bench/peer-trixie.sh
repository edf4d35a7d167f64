#!/bin/bash
# peer-trixie.sh [FOLDER] - installs a Debian 13 (trixie) in FOLDER, whose PyTorch is newer than Debian
# 12's and which compare_pytorch.sh and compare_training.sh run by chroot, or completes one that is
# there. Must be run as root; needs debootstrap (scripts/packages.sh bench), 2 GiB and the network.
#   --remove [FOLDER]   unmounts what is mounted inside, then removes the folder
# FOLDER is $PEER_TRIXIE, or /var/cache/onecycle/trixie. This machine's /proc and /dev stay mounted in it
# (run this script again after a restart): never remove it with rm.
# The mirror is the one apt uses on this machine, or the variable DEBIAN_MIRROR (http://HOST/debian).
# shellcheck disable=SC2016 # dpkg-query puts its values in, not the shell
set -euo pipefail

packages=(python3-torch python3-numpy libopenblas0-openmp # PyTorch, and the OpenBLAS to run it with
    python3-h5py                                          # for whole trainings
    libtorch-dev g++ python3-dev python3-setuptools)      # what torch.compile builds its kernels with
script=peer-trixie.sh
mark=.onecycle-peer # says that the folder is one of these, which --remove may remove
. "${0%/*}/../../scripts/debian_root.sh"

remove=0 folder=""
while [ $# -gt 0 ]; do
    case $1 in
    --remove) remove=1 ;;
    --help | -h) sed -n '2,/^# shellcheck/{/shellcheck/!s/^# \{0,1\}//p}' "$0"; exit ;;
    -*) die "$1: unknown option (see --help)" ;;
    *) [ -z "$folder" ] || die "$1: one folder at a time"; folder=$1 ;;
    esac
    shift
done
folder=$(realpath -m "${folder:-${PEER_TRIXIE:-/var/cache/onecycle/trixie}}")
open_folder "$remove"

# What is missing of the packages, from the mirror that the folder has, by this machine's way to it
complete() {
    local name missing=()
    for name in "${packages[@]}"; do
        [ "$(in_root "$folder" dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] ||
            missing+=("$name")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    echo "$folder: installing ${missing[*]}"
    share_network "$folder"
    quietly in_root "$folder" apt-get -y -q update
    quietly in_root "$folder" apt-get -y -q install --no-install-recommends "${missing[@]}"
    quietly in_root "$folder" apt-get clean
}

if [ -e "$folder/$mark" ] && { [ "$(release_of "$folder")" != trixie ] || [ -d "$folder/debootstrap" ]; }; then
    echo "$folder: was not finished, begun again"
    remove_root "$folder"
fi
if [ -z "$(ls -A "$folder" 2>/dev/null)" ]; then
    bootstrap "$folder" trixie
elif [ "$(release_of "$folder")" != trixie ]; then
    die "$folder: is not empty, and not a Debian 13"
fi
touch "$folder/$mark"
bind "$folder" proc
bind "$folder" dev
complete
in_root "$folder" python3 -c 'import sys, torch
print(f"{sys.argv[1]}: PyTorch {torch.__version__}")' "$folder"
