#!/bin/bash
# fetch.sh [DIR] - get cifar-100-binary.tar.gz from its authors' host into DIR (default: this
# folder) and check it by SHA-256 and MD5 (README.md says where those are from). Does nothing when
# it is there; the file appears only whole and checked.
# Exit code 0; 1 when it could not be had or had other bytes.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=${1:-$here}
name=cifar-100-binary.tar.gz
url=${CIFAR100_URL:-https://www.cs.toronto.edu/~kriz/$name}
sha256=58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec
md5=03b5dce01913d631647c71ecec9e9cb8

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

echo "CIFAR-100: $url"
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
