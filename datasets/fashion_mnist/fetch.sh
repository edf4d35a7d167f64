#!/bin/bash
# fetch.sh [DIR] - get the four packed idx files of Fashion-MNIST from their authors' host into DIR
# (default: this folder) and check them by SHA-256 and MD5 (README.md says where those are from).
# Does nothing for files that are there; a file appears only whole and checked.
# Exit code 0; 1 when one could not be had or had other bytes.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=datasets/fetch_lib.sh
source "$here/../fetch_lib.sh"
base=${FASHION_MNIST_URL:-http://fashion-mnist.s3-website.eu-central-1.amazonaws.com}

# small files first, so that a bad source shows quickly
names=(t10k-labels-idx1-ubyte.gz train-labels-idx1-ubyte.gz t10k-images-idx3-ubyte.gz
    train-images-idx3-ubyte.gz)
declare -A sha256=(
    [train-images-idx3-ubyte.gz]=3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84
    [train-labels-idx1-ubyte.gz]=a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845
    [t10k-images-idx3-ubyte.gz]=346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073
    [t10k-labels-idx1-ubyte.gz]=67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5
)
declare -A md5=(
    [train-images-idx3-ubyte.gz]=8d4fb7e6c68d591d4c3dfef9ec88bf0d
    [train-labels-idx1-ubyte.gz]=25c81989df183df01b3e8a0aad5dffbe
    [t10k-images-idx3-ubyte.gz]=bef4ecab320f06d8554ea6380940ec79
    [t10k-labels-idx1-ubyte.gz]=bb300cfdad3c16e7a12a480ee83cd310
)

for name in "${names[@]}"; do
    fetch_file "${1:-$here}" "$name" "$base/$name" "${sha256[$name]}" "${md5[$name]}"
done
