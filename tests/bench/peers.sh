# peers.sh - the versions of PyTorch that compare_pytorch.sh and compare_training.sh compare with. Sourced
# after pytorch.sh.
# A peer is named by the first two numbers of its version (1.13, 2.6). It is this system's ($PYTHON),
# or that of a Debian in a folder ($PEER_TRIXIE), which is run by chroot.
# shellcheck shell=bash disable=SC2154
trixie=${PEER_TRIXIE:-/var/cache/onecycle/trixie}
modules=(torch)                           # what the scripts import
peers=()                                  # in the order found
wanted=()                                 # versions, from --peer
declare -A version_of folder_of scripts_of openmp_of # of a peer; folder: empty for this system
limits=()                                 # variables that keep a peer in a folder off AVX-512

# FOLDER [VARIABLE=VALUE]... SCRIPT-OR-OPTION ARGUMENT...: runs python3 there. In a folder it sees none
# of the caller's variables: an OPENBLAS_CORETYPE set for this system's OpenBLAS would slow the other
# down. Debian's PyTorch 2.6 is built without libuv, which its store for gloo would use.
python_in() {
    local folder=$1 variables=()
    shift
    while [[ $1 == [A-Z]*=* ]]; do variables+=("$1") && shift; done
    if [ -z "$folder" ]; then
        env "${variables[@]}" "$python" "$@"
    else
        chroot "$folder" /usr/bin/env -i PATH=/usr/bin:/bin HOME=/root LC_ALL=C.UTF-8 USE_LIBUV=0 \
            "${limits[@]}" "${variables[@]}" /usr/bin/python3 "$@"
    fi
}

torch_in() { # FOLDER -> the version of its PyTorch, nothing where there is none
    python_in "$1" -c 'import torch; print(torch.__version__)' 2>/dev/null || true
}

check_folder() {
    local name
    [ "$(id -u)" = 0 ] ||
        die "$trixie: only root can run PyTorch there (by chroot); --peer VERSION chooses this system's"
    for name in proc dev; do
        mountpoint -q "$trixie/$name" ||
            die "$trixie/$name: nothing is mounted there; tests/bench/peer-trixie.sh $trixie mounts it"
    done
}

add_peer() { # FOLDER VERSION
    local name
    name=$(sed -E 's/^([0-9]+\.[0-9]+).*/\1/' <<<"$2")
    [ -z "${version_of[$name]:-}" ] || return 0
    peers+=("$name")
    version_of[$name]=$2 folder_of[$name]=$1
}

find_peer() { # VERSION: what has it becomes a peer
    local here_found there_found="" found
    here_found=$(torch_in "")
    is_version "$here_found" "$1" && add_peer "" "$here_found" && return
    found="PyTorch ${here_found:-none} ($python)"
    if [ -d "$trixie" ]; then
        check_folder
        there_found=$(torch_in "$trixie")
        is_version "$there_found" "$1" && add_peer "$trixie" "$there_found" && return
        found+=", ${there_found:-none} ($trixie)"
    else
        found+=", no folder $trixie (tests/bench/peer-trixie.sh makes it)"
    fi
    die "--peer $1: found $found"
}

is_version() { # FOUND WANTED: begins with it, number by number
    [[ $1 == "$2" || $1 == "$2"[!0-9]* ]]
}

want_peer() { # --peer VERSION
    [[ $2 =~ ^[0-9]+(\.[0-9]+)*$ ]] || die "$1 $2: expected a version, as 2.6"
    wanted+=("$2")
}

# Those wanted; none: all that are there. The scripts go where a peer can see them.
find_peers() {
    local version found name
    for version in "${wanted[@]}"; do find_peer "$version"; done
    if [ ${#wanted[@]} = 0 ]; then
        found=$(torch_in "")
        [ -z "$found" ] || add_peer "" "$found"
        [ ! -d "$trixie" ] || find_there
        [ ${#peers[@]} -gt 0 ] ||
            die "no PyTorch: scripts/packages.sh bench installs Debian's, tests/bench/peer-trixie.sh a newer one"
    fi
    for name in "${peers[@]}"; do
        if [ -z "${folder_of[$name]}" ]; then
            check_programs "${modules[@]}"
            scripts_of[$name]=$here openmp_of[$name]=$openmp
        else
            share_scripts "${folder_of[$name]}"
            scripts_of[$name]=/tmp/$(basename "$inside")
            openmp_of[$name]=$(find "${folder_of[$name]}/usr/lib" -maxdepth 2 -name openblas-openmp \
                -printf '/usr/lib/%P' -quit)
            [ -n "${openmp_of[$name]}" ] ||
                die "${folder_of[$name]}: no libopenblas0-openmp inside; tests/bench/peer-trixie.sh installs it"
        fi
    done
}

find_there() {
    local found
    check_folder
    found=$(torch_in "$trixie")
    [ -n "$found" ] || die "$trixie: no PyTorch inside; tests/bench/peer-trixie.sh $trixie installs it"
    add_peer "$trixie" "$found"
}

share_scripts() { # FOLDER
    local module
    for module in "${modules[@]}"; do
        python_in "$1" -c "import $module" 2>/dev/null ||
            die "$1: no python3-$module inside; tests/bench/peer-trixie.sh $1 installs it"
    done
    inside=$(mktemp -d "$1/tmp/onecycle-XXXXXX")
    trap 'rm -rf "$scratch" "$inside"' EXIT
    cp "$here"/pytorch_*.py "$inside/"
}

# PEER FILE -> its path for that peer, which gets a copy if it cannot see this system's files
share_file() {
    local name
    name=$(basename "$2")
    if [ -z "${folder_of[$1]}" ]; then
        echo "$2"
    else
        [ -e "$inside/$name" ] || cp "$2" "$inside/"
        echo "${scripts_of[$1]}/$name"
    fi
}

# PEER CONFIGURATION SCRIPT ARGUMENT... -> what the script prints. A configuration is processes x
# threads, then c: channels_last, t: tuned, p: torch.compile.
run_peer() {
    local options=() variables=(TMPDIR="$(temporary_of "$1")")
    [[ $2 != *c* ]] || options+=(--channels-last)
    [[ $2 != *p* ]] || options+=(--compile)
    [[ $2 != *p* ]] || variables+=(TORCHINDUCTOR_CACHE_DIR="$(temporary_of "$1")/compiled")
    [[ $2 != *t* ]] || variables+=("${steady[@]}" LD_LIBRARY_PATH="${openmp_of[$1]}")
    python_in "${folder_of[$1]}" "${variables[@]}" "${scripts_of[$1]}/$3" "${@:4}" "${options[@]}"
}

temporary_of() { # PEER -> where it may leave files, until the end
    if [ -z "${folder_of[$1]}" ]; then echo "$scratch"; else echo "${scripts_of[$1]}"; fi
}

peer_lines() { # -> for the header
    local name
    for name in "${peers[@]}"; do
        python_in "${folder_of[$name]}" -c 'import re, sys, torch
told = torch.__config__.show()
onednn = re.search(r"MKL-DNN v([0-9.]+)", told)
capability = re.search(r"CPU capability usage: (\S+)", told)
print(f"#   PyTorch    {torch.__version__} in {sys.argv[1]}",
      f"oneDNN {onednn[1]}" if onednn else "no oneDNN",
      f"CPU capability {capability[1] if capability else None}", sep=", ")' "${folder_of[$name]:-this system}"
    done
}
