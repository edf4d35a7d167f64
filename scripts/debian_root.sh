# debian_root.sh - a second Debian in a folder, run by chroot. Sourced, by scripts that must be run as root:
# they set `script` (their name), `mark` (an empty file in the folder, which says that it may be removed
# whole) and `folder`, and then call open_folder.
# shellcheck shell=bash disable=SC2154,SC2016 # set by the caller; apt puts its values in, not the shell

die() {
    echo "$script: $*" >&2
    exit 1
}

# COMMAND...: its output only if it fails
quietly() {
    "$@" >>"$log" 2>&1 </dev/null || {
        tail -n 15 "$log" >&2
        die "failed: $*"
    }
}

mounts_inside() { # FOLDER, deepest first
    awk '{ print $5 }' /proc/self/mountinfo | while IFS= read -r target; do
        target=$(printf '%b' "$target") # a space is \040 there
        [[ $target != "$1"/* ]] || printf '%s\n' "$target"
    done | sort -r
}

remove_root() { # FOLDER
    local target
    [ -e "$1/$mark" ] || die "$1: not made by this script (no $mark inside): not removed"
    mounts_inside "$1" | while IFS= read -r target; do
        umount "$target" || die "$target: still in use; nothing was removed"
    done
    [ -z "$(mounts_inside "$1")" ] || die "$1: something is still mounted inside; nothing was removed"
    rm -rf --one-file-system "$1"
}

# The mirror that apt uses on this machine, or the variable DEBIAN_MIRROR
mirror() {
    local found
    [ -z "${DEBIAN_MIRROR:-}" ] || { echo "$DEBIAN_MIRROR" && return; }
    found=$(apt-get indextargets --format '$(ORIGIN) $(LABEL) $(REPO_URI)' 'Created-By: Packages' |
        awk '$1 == "Debian" && $2 == "Debian" { print $3; exit }')
    # Without lists (a container's image) apt does not know whose a mirror is
    [ -n "$found" ] || found=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' |
        grep -m 1 '/debian/\{0,1\}$' || true)
    [[ $found == http* ]] ||
        die "apt's configuration names no http mirror of Debian: say one with DEBIAN_MIRROR=http://HOST/debian"
    echo "${found%/}"
}

bootstrap() { # FOLDER RELEASE
    local from
    command -v debootstrap >/dev/null || die "debootstrap: not there; scripts/packages.sh bench installs it"
    from=$(mirror)
    echo "$1: installing Debian $2"
    mkdir -p "$1"
    touch "$1/$mark"
    quietly debootstrap --variant=minbase --include=ca-certificates "$2" "$1" "$from"
}

# REMOVE: what `folder` and this user must be. With 1 the folder is removed and the script ends. Makes
# `log`, which quietly writes to.
open_folder() {
    [ "$folder" != / ] || die "/: expected a folder for a second system, not this one"
    [ "$(id -u)" = 0 ] || die "must be run as root: it mounts, and runs programs inside the folder by chroot"
    if [ "$1" = 1 ]; then
        [ -d "$folder" ] || die "$folder: no such folder"
        remove_root "$folder"
        exit
    fi
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
}

bind() { # FOLDER NAME: /proc, /dev or the like of this machine
    mountpoint -q "$1/$2" || mount --bind "/$2" "$1/$2" ||
        die "$1/$2: cannot mount /$2 there (in a container: it needs CAP_SYS_ADMIN)"
}

# This machine's way to the network. FOLDER
share_network() {
    cp -L --remove-destination /etc/resolv.conf /etc/hosts "$1/etc/"
    apt-config dump | grep -E '^Acquire::(http|https|ftp|Retries|Check)' >"$1/etc/apt/apt.conf.d/90machine" || true
}

in_root() { # FOLDER COMMAND...: none of the caller's variables
    local folder=$1
    shift
    # A mount of its own for as long as the command runs: else nothing inside can make namespaces for mounts
    unshare --mount sh -c 'mount --rbind "$0" "$0" && exec chroot "$0" "$@"' "$folder" \
        /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive "$@"
}

release_of() { # FOLDER -> of the system in it
    sed -n 's/^VERSION_CODENAME=//p' "$1/etc/os-release" 2>/dev/null || true
}
