#!/bin/bash
# try-on.sh RELEASE [FOLDER] [-- COMMAND...] - does what README.md says work on a fresh Debian? Installs one
# (bookworm: 12, trixie: 13) in FOLDER, clones this repository into it as it is committed, and runs there
# by chroot scripts/quickstart.sh and then scripts/test.sh. Must be run as root; needs debootstrap
# (scripts/packages.sh bench), 6 GiB and the network. Ends with the exit code of what failed first.
#   -- COMMAND...        instead of the two, in the clone: -- scripts/test.sh -R mpi
#   --again              in the folder that is there, with the packages it has; the clone is renewed
#   --remove RELEASE [FOLDER]   unmounts what is mounted inside, then removes the folder
# FOLDER is /var/cache/onecycle/try-RELEASE. This machine's /proc, /dev and /sys stay mounted in it: never
# remove it with rm. The mirror is the one apt uses on this machine, or the variable DEBIAN_MIRROR
# (http://HOST/debian); proxies, certificates and npm's registry are this machine's, too.
set -euo pipefail
script=try-on.sh
mark=.onecycle-try
here=$(cd "$(dirname "$0")" && pwd)
. "$here/debian_root.sh"
project=$(dirname "$here")

again=0 remove=0 words=() command=()
while [ $# -gt 0 ]; do
    case $1 in
    --again) again=1 ;;
    --remove) remove=1 ;;
    --help | -h) sed -n '2,/^set/{/^set/!s/^# \{0,1\}//p}' "$0"; exit ;;
    --) shift && command=("$@") && break ;;
    -*) die "$1: unknown option (see --help)" ;;
    *) words+=("$1") ;;
    esac
    shift
done
release=${words[0]:-}
[[ $release =~ ^(bookworm|trixie)$ ]] || die "found \"$release\", expected bookworm or trixie (see --help)"
[ ${#words[@]} -le 2 ] || die "${words[2]}: one folder at a time"
folder=$(realpath -m "${words[1]:-/var/cache/onecycle/try-$release}")
open_folder "$remove"

if [ "$again" = 0 ]; then
    [ ! -e "$folder/$mark" ] || remove_root "$folder"
    [ -z "$(ls -A "$folder" 2>/dev/null)" ] || die "$folder: is not empty, and not made by this script"
    bootstrap "$folder" "$release"
elif [ ! -e "$folder/$mark" ] || [ "$(release_of "$folder")" != "$release" ]; then
    die "$folder: no Debian $release that this script has made; without --again it is installed"
fi
for name in proc dev sys; do bind "$folder" "$name"; done
mountpoint -q "$folder/dev/shm" || mount --bind /dev/shm "$folder/dev/shm"
share_network "$folder"

# What the programs inside find of this machine's way out
variables=()
for name in http_proxy https_proxy no_proxy; do
    [ -z "${!name:-}" ] || variables+=("$name=${!name}")
done
if [ -s /etc/ssl/certs/ca-certificates.crt ]; then
    cp -L /etc/ssl/certs/ca-certificates.crt "$folder/etc/machine.crt"
    variables+=(CURL_CA_BUNDLE=/etc/machine.crt NODE_EXTRA_CA_CERTS=/etc/machine.crt)
fi
! command -v npm >/dev/null || variables+=("npm_config_registry=$(npm config get registry)")

rm -rf "$folder/root/onecycle"
quietly git clone --no-hardlinks "$project" "$folder/root/onecycle"
code=0
inside() { # COMMAND...: shown as it goes
    local start=$SECONDS result=0
    echo "== $release: $*"
    in_root "$folder" "${variables[@]}" bash -c 'cd /root/onecycle && exec "$@"' bash "$@" </dev/null || result=$?
    echo "== $release: $* ended with $result after $((SECONDS - start)) s"
    [ "$code" != 0 ] || code=$result
}
if [ ${#command[@]} -gt 0 ]; then
    inside "${command[@]}"
else
    inside scripts/quickstart.sh
    inside scripts/test.sh
fi
exit "$code"
