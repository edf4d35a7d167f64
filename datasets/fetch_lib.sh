# fetch_lib.sh - what the fetch.sh of the image data sets share: download and check of one file. To be
# sourced; the sources, names and sums are each script's own.

# shellcheck shell=bash

die() {
    echo "fetch.sh: $*" >&2
    exit 1
}

# download URL FILE CONNECT WHOLE: the last two are limits in seconds. Says why it could not.
download() {
    if command -v curl >/dev/null; then
        curl -sSfL --connect-timeout "$3" --max-time "$4" -o "$2" "$1"
    elif command -v wget >/dev/null; then
        timeout "$4" wget -nv --tries=1 --timeout="$3" --read-timeout=30 -O "$2" "$1"
    else
        echo "fetch.sh: neither curl nor wget is there" >&2
        return 1
    fi
}

# fetch_file FOLDER NAME URL SHA256 MD5: NAME in FOLDER, which appears there only whole and checked.
# Does nothing when it is there.
fetch_file() {
    local folder=$1 name=$2 url=$3 sha256=$4 md5=$5
    mkdir -p "$folder"
    good() { [ -f "$1" ] && [ "$(sha256sum <"$1")" = "$sha256  -" ] && [ "$(md5sum <"$1")" = "$md5  -" ]; }
    ! good "$folder/$name" || return 0
    part=$(mktemp "$folder/.fetch.XXXXXX") # not local: for the trap
    trap 'rm -f "$part"' EXIT
    echo "Fetching $url"
    download "$url" "$part" 10 1800 || die "cannot download $url"
    good "$part" || die "$name: wrong SHA-256 or MD5, expected $sha256 and $md5"
    chmod 644 "$part"
    mv -f "$part" "$folder/$name"
}
