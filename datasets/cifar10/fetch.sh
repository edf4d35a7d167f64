#!/bin/bash
# fetch.sh [DIR] - get cifar-10-binary.tar.gz from its authors' host into DIR (default: this
# folder) and check it by SHA-256 and MD5 (README.md says where those are from). Does nothing when
# it is there; the file appears only whole and checked.
# Exit code 0; 1 when it could not be had or had other bytes.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=${1:-$here}
name=cifar-10-binary.tar.gz
url=${CIFAR10_URL:-https://www.cs.toronto.edu/~kriz/$name}
sha256=c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd
md5=c32a1d4ab5d03f1284b67883e8d87530

die() {
    echo "fetch.sh: $*" >&2
    exit 1
}

good() { # FILE
    [ -f "$1" ] && [ "$(sha256sum <"$1")" = "$sha256  -" ] && [ "$(md5sum <"$1")" = "$md5  -" ]
}

mkdir -p "$target"
good "$target/$name" && exit 0
scratch=$(mktemp -d "$target/.fetch.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

echo "CIFAR-10: $url"
if command -v curl >/dev/null; then
    curl -sSfL --connect-timeout 10 --max-time 1800 -o "$scratch/$name" "$url" ||
        die "cannot download $url"
elif command -v wget >/dev/null; then
    timeout 1800 wget -nv --tries=1 --timeout=30 -O "$scratch/$name" "$url" ||
        die "cannot download $url"
else
    die "neither curl nor wget is there"
fi
good "$scratch/$name" || die "$name: wrong SHA-256 or MD5, expected $sha256 and $md5"
chmod 644 "$scratch/$name"
mv -f "$scratch/$name" "$target/$name"
