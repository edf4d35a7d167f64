#!/bin/bash
# peer-trixie.sh [FOLDER] - installs a Debian 13 (trixie) in FOLDER, whose PyTorch is newer than Debian
# 12's and which compare_pytorch.sh and compare_training.sh run by chroot, or completes one that is
# there. Must be run as root; needs debootstrap (scripts/packages.sh bench), 2 GiB and the network.
#   --remove [FOLDER]   unmounts what is mounted inside, then removes the folder
# FOLDER is $PEER_TRIXIE, or /var/cache/onecycle/trixie. This machine's /proc and /dev stay mounted in it
# (run this script again after a restart): never remove it with rm.
# The mirror is the one apt uses on this machine, or the variable DEBIAN_MIRROR (http://HOST/debian).
# shellcheck disable=SC2016 # apt and dpkg-query put their values in, not the shell
set -euo pipefail

packages=(python3-torch python3-numpy libopenblas0-openmp # PyTorch, and the OpenBLAS to run it with
    python3-h5py                                          # for whole trainings
    libtorch-dev g++ python3-dev python3-setuptools)      # what torch.compile builds its kernels with
log=""

die() {
    echo "peer-trixie.sh: $*" >&2
    exit 1
}

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
[ "$folder" != / ] || die "/: expected a folder for a second system, not this one"
mark=$folder/.onecycle-peer # says that the folder is one of these, which --remove may remove
[ "$(id -u)" = 0 ] || die "must be run as root: it mounts, and runs programs inside the folder by chroot"

mounts_inside() { # deepest first
    awk '{ print $5 }' /proc/self/mountinfo | while IFS= read -r target; do
        target=$(printf '%b' "$target") # a space is \040 there
        [[ $target != "$folder"/* ]] || printf '%s\n' "$target"
    done | sort -r
}

remove_folder() {
    local target
    [ -e "$mark" ] || die "$folder: not made by this script (no $(basename "$mark") inside): not removed"
    mounts_inside | while IFS= read -r target; do
        umount "$target" || die "$target: still in use; nothing was removed"
    done
    [ -z "$(mounts_inside)" ] || die "$folder: something is still mounted inside; nothing was removed"
    rm -rf --one-file-system "$folder"
}

if [ "$remove" = 1 ]; then
    [ -d "$folder" ] || die "$folder: no such folder"
    remove_folder
    exit
fi

# COMMAND...: its output only if it fails
quietly() {
    "$@" >>"$log" 2>&1 </dev/null || {
        tail -n 15 "$log" >&2
        die "failed: $*"
    }
}

mirror() {
    local found
    found=$(apt-get indextargets --format '$(ORIGIN) $(LABEL) $(REPO_URI)' 'Created-By: Packages' |
        awk '$1 == "Debian" && $2 == "Debian" { print $3; exit }')
    # Without lists (a container's image) apt does not know whose a mirror is
    [ -n "$found" ] || found=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' |
        grep -m 1 '/debian/\{0,1\}$' || true)
    [[ $found == http* ]] ||
        die "apt's configuration names no http mirror of Debian: say one with DEBIAN_MIRROR=http://HOST/debian"
    echo "${found%/}"
}

bootstrap() {
    local from
    command -v debootstrap >/dev/null || die "debootstrap: not there; scripts/packages.sh bench installs it"
    from=${DEBIAN_MIRROR:-$(mirror)}
    echo "$folder: installing Debian 13"
    mkdir -p "$folder"
    touch "$mark"
    quietly debootstrap --variant=minbase --include=ca-certificates trixie "$folder" "$from"
}

bind() { # proc or dev
    mountpoint -q "$folder/$1" || mount --bind "/$1" "$folder/$1" ||
        die "$folder/$1: cannot mount /$1 there (in a container: it needs CAP_SYS_ADMIN)"
}

in_folder() {
    chroot "$folder" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive "$@"
}

# What is missing of the packages, from the mirror that the folder has, by this machine's way to it
complete() {
    local name missing=()
    for name in "${packages[@]}"; do
        [ "$(in_folder dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] ||
            missing+=("$name")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    echo "$folder: installing ${missing[*]}"
    cp -L --remove-destination /etc/resolv.conf /etc/hosts "$folder/etc/"
    apt-config dump | grep -E '^Acquire::(http|https|ftp|Retries|Check)' >"$folder/etc/apt/apt.conf.d/90machine" || true
    quietly in_folder apt-get -y -q update
    quietly in_folder apt-get -y -q install --no-install-recommends "${missing[@]}"
    quietly in_folder apt-get clean
}

release() { # of the system in the folder
    sed -n 's/^VERSION_CODENAME=//p' "$folder/etc/os-release" 2>/dev/null || true
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
if [ -e "$mark" ] && { [ "$(release)" != trixie ] || [ -d "$folder/debootstrap" ]; }; then
    echo "$folder: was not finished, begun again"
    remove_folder
fi
if [ -z "$(ls -A "$folder" 2>/dev/null)" ]; then
    bootstrap
elif [ "$(release)" != trixie ]; then
    die "$folder: is not empty, and not a Debian 13"
fi
touch "$mark"
bind proc
bind dev
complete
in_folder python3 -c 'import sys, torch
print(f"{sys.argv[1]}: PyTorch {torch.__version__}")' "$folder"
