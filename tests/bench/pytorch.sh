# pytorch.sh - what compare_pytorch.sh and compare_training.sh share; they source it. Not a program.
# Gives the paths onecycle, mpirun, python, openmp; cores, which an option may change; scratch, a
# folder that is removed at the end. Dies with 64 where a program is missing.
# shellcheck shell=bash disable=SC2034
die() {
    echo "$(basename "$0"): $*" >&2
    exit 64
}

whole() { # OPTION VALUE
    [[ $2 =~ ^[1-9][0-9]{0,3}$ ]] || die "$1 $2: expected a whole number from 1 to 9999"
}

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
onecycle=${ONECYCLE:-$root/build/onecycle}
mpirun=${MPIRUN:-mpirun}
python=${PYTHON:-/usr/bin/python3}
openmp=${OPENBLAS_OPENMP:-/usr/lib/$(gcc -print-multiarch 2>/dev/null || echo x86_64-linux-gnu)/openblas-openmp}
cores=2

# The OpenMP build of OpenBLAS, whose threads do not fight with PyTorch's, and a malloc that keeps
# its memory instead of giving it back in each step (which alone is steady)
steady=(MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=100000000000 MALLOC_TOP_PAD_=67108864)
tuned=(LD_LIBRARY_PATH="$openmp" "${steady[@]}")

check_machine() {
    command -v "$mpirun" >/dev/null ||
        die "missing Debian package: openmpi-bin; scripts/packages.sh build installs it"
    [ -x "$onecycle" ] || die "$onecycle: not there; build it first, or say where with ONECYCLE"
    [ "$cores" -le "$(nproc)" ] || die "--cores $cores: this machine has $(nproc)"
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
}

check_programs() { # PYTHON-MODULE...: what the PyTorch of this system needs
    local missing=() module
    for module in "$@"; do
        "$python" -c "import $module" 2>/dev/null || missing+=("python3-$module")
    done
    [ -e "$openmp/libopenblas.so.0" ] || missing+=(libopenblas0-openmp)
    [ ${#missing[@]} = 0 ] ||
        die "missing Debian packages: ${missing[*]}; scripts/packages.sh bench test installs them," \
            "or OPENBLAS_OPENMP=FOLDER names an unpacked libopenblas0-openmp"
}

median() { # COLUMN FILE
    cut -d ' ' -f "$1" "$2" | sort -g | awk '{ v[NR] = $1 }
        END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}

wrap() { # comment lines of any length, in lines of at most 100 columns
    awk '{ while (length($0) > 100) {
            for (at = 100; at > 40 && substr($0, at, 1) != " "; at--);
            print substr($0, 1, at - (substr($0, at, 1) == " "))
            $0 = "#        " substr($0, at + 1)
        }
        print }'
}

versions() { # NOTE
    echo "# $(date -u +%F), $(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1), $(nproc)" \
        "cores, load $(cut -d ' ' -f 1 /proc/loadavg) at the start$1"
    "$onecycle" version | sed 's/^/#   /' | wrap
}
