#!/bin/bash
# fetch.sh [DIR] - get five small tables out of Debian's package python3-sklearn (downloaded and
# unpacked, not installed) and import them into DIR (default: this folder): diabetes.h5, digits.h5,
# wine.h5, iris.h5, breast_cancer.h5. ONECYCLE is the program (default: build/onecycle); DEB a package
# that is here already. Does nothing for those that are there.
# Exit code 0; 1 when the package or a table in it could not be had.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=$(mkdir -p "${1:-$here}" && cd "${1:-$here}" && pwd)
onecycle=$(realpath "${ONECYCLE:-$here/../../build/onecycle}")
deb=${DEB:+$(realpath "$DEB")}

missing=
for name in diabetes digits wine iris breast_cancer; do
    [ -f "$target/$name.h5" ] || missing+=" $name"
done
[ -n "$missing" ] || exit 0

scratch=$(mktemp -d "$target/.fetch.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
if [ -z "$deb" ]; then
    apt-get download python3-sklearn 2>apt.txt || { cat apt.txt >&2; exit 1; }
    deb=$(ls python3-sklearn_*.deb)
fi
dpkg-deb -x "$deb" package
data=$scratch/package/usr/lib/python3/dist-packages/sklearn/datasets/data
[ -d "$data" ] || { echo "fetch.sh: $deb has no sklearn/datasets/data" >&2; exit 1; }

# Rows of age ... s6 and the targets are two files without headers.
if [[ $missing == *diabetes* ]]; then
    echo "age sex bmi bp s1 s2 s3 s4 s5 s6 progression" >diabetes.csv
    paste -d ' ' <(gzip -dc "$data/diabetes_data_raw.csv.gz") \
        <(gzip -dc "$data/diabetes_target.csv.gz") >>diabetes.csv
fi

import() { # NAME OPTIONS... FILE
    local name=$1
    shift
    [[ " $missing " == *" $name "* ]] || return 0
    echo "== $name"
    "$onecycle" import csv --test-fraction 0.2 "$@" "$target/$name.h5"
}
import diabetes --delimiter space --targets progression --categorical sex diabetes.csv
import digits --no-header --label 65 --shape 1x8x8 "$data/digits.csv.gz"
# The first line is no header: it has counts and the classes' names.
import wine --skip-lines 1 --no-header --label 14 "$data/wine_data.csv"
import iris --skip-lines 1 --no-header --label 5 "$data/iris.csv"
import breast_cancer --skip-lines 1 --no-header --label 31 "$data/breast_cancer.csv"
