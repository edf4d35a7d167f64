#!/usr/bin/env bash
# compare_test.sh - tests/bench/compare_pytorch.sh and peer-trixie.sh with pretended programs, whose
# speeds are known: the table, the arithmetic of the ratios, what is refused, and that nothing is left
# behind. Nothing is measured and nothing installed.
. "$(dirname "$0")/../lib/check.sh"
find_python json
python=$("$python" -c 'import sys; print(sys.executable)') # not a wrapper that chooses one: many are started
bench=$ONECYCLE_SOURCE/tests/bench
bin=$scratch/bin root=$scratch/trixie
mkdir -p "$bin" "$scratch/tmp" "$root/tmp" "$root/usr/lib/any/openblas-openmp" "$scratch/openmp"
touch "$scratch/openmp/libopenblas.so.0"
pretend() { # NAME: a program, from standard input
  { echo "#!/bin/bash"; cat; } >"$bin/$1"
  chmod +x "$bin/$1"
}
echo 'echo 0' | pretend id
echo 'echo 2' | pretend nproc
echo '[ -z "${NOT_MOUNTED:-}" ]' | pretend mountpoint
echo 'shift 2; exec "$@"' | pretend mpirun
# The n-th measurement of onecycle gives 100 + 10 n images a second; training takes 5 s.
pretend onecycle <<END
if [ "\$1" = train ]; then
  while [ "\$1" != --run-dir ]; do shift; done
  mkdir -p "\$2"
  echo '{"seconds": 5, "test_accuracy": 0.5}' >"\$2/summary.json"
  exit
fi
[ "\$1" = version ] && echo "onecycle 0 $(printf 'many words %.0s' {1..12})" && exit
[ "\$2" = machine ] && echo '{"fma_gflops_all": 80.5, "fma_gflops_alone": 90.5, "bandwidth_gb": 12.5}' && exit
echo "\$@, kernels \${ONECYCLE_KERNELS:-any}" >>"$scratch/calls-onecycle"
n=\$((\$(wc -l <"$scratch/calls-onecycle") - 1))
echo "{\"images_per_second\": \$((100 + 10 * n)), \"gflops\": 7, \"peak_bytes\": {\"all\": 104857600},
  \"settings\": {\"parameters\": 9}}"
END
# peer VERSION OPTION...: a pretended PyTorch. 2x1ct of 2.6 looks slower when it is screened (for 2 s)
# than it is; 2x1 of 1.13 does not run; mnist_cnn is another network there.
pretend peer <<END
version=\$1
shift
while [ \$# -gt 0 ]; do
  case \$1 in
  --net) net=\$2 ;; --procs) procs=\$2 ;; --threads) threads=\$2 ;; --seconds) seconds=\$2 ;;
  --channels-last) c=c ;; --compile) p=p ;;
  --data) data=\$2 ;; --seed) seed=\$2 ;;
  esac
  shift
done
[ -z "\${LD_LIBRARY_PATH:-}" ] || t=t
what="\$version \${procs:-1}x\$threads\${c:-}\${t:-}\${p:-}"
echo "\$what" >>"$scratch/calls"
# A training takes as many seconds more as its seed: 9 and more, 7 and more with 2.6 1x2ct.
if [ -n "\${data:-}" ]; then
  [ -f "\${folder:-}\$data" ] || exit 1
  less=0
  [ "\$what" != "2.6.0+debian 1x2ct" ] || less=2
  echo "{\"seconds\": \$((9 + seed - less)), \"test_accuracy\": 0.6}"
  exit
fi
speed=30
case \$what in
"1.13.1 1x2ct") speed=50 ;;
"1.13.1 2x1") echo "no gloo" >&2; exit 1 ;;
"2.6.0+debian 1x2ct") speed=80 ;;
"2.6.0+debian 2x1ct") speed=\$((seconds == 2 ? 70 : 90)) ;;
"2.6.0+debian 1x2ctp") speed=60 ;;
esac
parameters=9
[ "\$net" != mnist_cnn ] || parameters=8
echo "{\"images_per_second\": \$speed, \"gflops\": 3, \"peak_bytes\": {\"all\": 262144000},
  \"settings\": {\"parameters\": \$parameters}}"
END
pretend python <<END
case "\$*" in
*pytorch_*.py*) exec "$bin/peer" 1.13.1 "\$@" ;;
*__config__*) echo "#   PyTorch    1.13.1" ;;
*torch.__version__*) echo 1.13.1 ;;
*torch* | *h5py*) ;;
*) exec "$python" -S -E "\$@" ;;
esac
END
# chroot FOLDER /usr/bin/env -i VARIABLE=VALUE... /usr/bin/python3 SCRIPT...
pretend chroot <<END
folder=\$1
echo "\$@" >>"$scratch/calls-chroot"
shift 3
while [ "\$1" != /usr/bin/python3 ]; do export "\$1"; shift; done
case "\$*" in
*pytorch_*.py*) export folder; [ -f "\$folder\$2" ] && [ -f "\$folder\${2%/*}/pytorch_nets.py" ] && exec "$bin/peer" 2.6.0+debian "\$@" ;;
*__config__*) echo "#   PyTorch    2.6.0+debian" ;;
*torch.__version__*) echo 2.6.0+debian ;;
esac
END

compare() { # OPTION... of compare_pytorch.sh, or the script
  rm -f "$scratch"/calls*
  PATH=$bin:$PATH TMPDIR=$scratch/tmp ONECYCLE=$bin/onecycle MPIRUN=mpirun PYTHON=$bin/python \
    OPENBLAS_OPENMP=$scratch/openmp OPENBLAS_CORETYPE=Zen PEER_TRIXIE=${folder:-$root} \
    timeout 100 bash "$bench/${script:-compare_pytorch.sh}" "$@" >"$scratch/out" 2>"$scratch/err"
  code=$?
}
row() { grep "^$1 " "$scratch/${2:-out}" | tr -s ' '; }
calls() { grep -c -- "$1" "$scratch/calls"; }

# Readings of onecycle: 100, 110 ... 190. 2.6 2x1ct is the second contender: between 110 and 120, 140
# and 150, 170 and 180: 115 / 90, 145 / 90, 175 / 90. 1.13 1x2ct is the third: 125, 155, 185 / 50.
compare --rounds 3 --output "$scratch/table" resnet20:128
exits "two peers" 0
same "the row" "$(row resnet20)" "resnet20 128 145.0 100 90.0 250 2.6 2x1ct 1.61 (1.28 to 1.94) 3.10 0.40"
same "the file has what was printed" "$(cat "$scratch/out")" "$(cat "$scratch/table")"
same "no line of more than 100 columns" "$(awk 'length > 100' "$scratch/out" | wc -l)" 0
for text in "80.5 GFLOP/s per core" "12.5 GB/s" "PyTorch    1.13.1" "PyTorch    2.6.0+debian" "failed: 1.13 2x1" \
  "2.6 1x2ct: 80.0 80.0 80.0; ratios 1.31 1.69 2.06" "onecycle: 100.0 110.0"; do
  if grep -qF -- "$text" "$scratch/out"; then ok "says $text"; else not_ok "does not say $text"; fi
done
same "each configuration once, the best three more" "$(wc -l <"$scratch/calls")" $((8 + 9 + 3 * 3))
same "torch.compile: 2.6 alone" "$(calls 'ctp$') $(calls '2.6.* 1x2ctp$')" "1 1"
same "in the folder: no libuv" "$(grep -c pytorch_step "$scratch/calls-chroot")" \
  "$(grep pytorch_step "$scratch/calls-chroot" | grep -c USE_LIBUV=0)"
same "in the folder: no OPENBLAS_CORETYPE" "$(grep -c OPENBLAS_CORETYPE "$scratch/calls-chroot")" 0

compare --rounds 1 --peer 2.6 --no-compile --isa avx2 mlp
exits "one peer, AVX2" 0
same "no other PyTorch" "$(row mlp | cut -d ' ' -f 13,14)" "- 0.40"
same "no torch.compile, no channels_last, no 1.13" "$(calls 'p$\|c\|^1')" 0
same "onecycle is limited" "$(grep -vc 'kernels avx2' "$scratch/calls-onecycle")" 0
same "PyTorch in the folder is limited" "$(grep pytorch_step "$scratch/calls-chroot" |
  grep -vc 'OPENBLAS_CORETYPE=Haswell DNNL_MAX_CPU_ISA=AVX2 ATEN_CPU_CAPABILITY=avx2')" 0

compare --rounds 1 --cores 1 --peer 1.13 --output "$scratch/table" mlp mnist_cnn:128
exits "other parameters" 64 "mnist_cnn:128: the two sides do not have the same number of parameters"
same "the finished row is in the file" "$(row mlp table | cut -d ' ' -f 1,2)" "mlp 512"

compare --peer 2.7
exits "another version" 64 "--peer 2.7: found PyTorch 1.13.1 ($bin/python), 2.6.0+debian ($root)"
compare --peer 1.1
exits "1.1 is not 1.13" 64 "--peer 1.1: found PyTorch 1.13.1"
compare --peer new
exits "not a version" 64 "--peer new: expected a version"
folder=$scratch/none compare --peer 2.6
exits "no folder" 64 "no folder $scratch/none (tests/bench/peer-trixie.sh makes it)"
NOT_MOUNTED=1 compare
exits "nothing mounted" 64 "$root/proc: nothing is mounted there"
# Trainings: 5 s, and 8, 9, 10 s with the seeds 1, 2, 3
touch "$scratch/mnist.h5"
script=compare_training.sh compare --mnist "$scratch/mnist.h5" lenet
exits "trainings" 0
same "the best of both versions" "$(row lenet)" "lenet 5.0 s 9.0 s 2.6 1x2ct 0.56 (0.50 to 0.62)"
script=compare_training.sh compare --peer 1.13 --seeds 1 --mnist "$scratch/mnist.h5" lenet
same "trainings: one version" "$(calls '^1.13') $(calls '^2.6')" "5 0"
same "nothing is left behind" "$(find "$scratch/tmp" "$root/tmp" -mindepth 1 | wc -l)" 0

# peer-trixie.sh: what it asks for, and what it may remove
made=$scratch/made
echo 'echo "Debian Debian http://mirror.example/debian/"' | pretend apt-get
pretend debootstrap <<'END'
while [[ $1 == -* ]]; do shift; done
echo "$@" >"$2/asked"
mkdir -p "$2/etc" && echo VERSION_CODENAME=trixie >"$2/etc/os-release"
END
pretend chroot <<'END'
case "$*" in *dpkg-query*) echo installed ;; *python3*) echo "PyTorch 2.6.0" ;; esac
END
trixie() {
  PATH=${path:-$bin:$PATH} TMPDIR=$scratch/tmp bash "$bench/peer-trixie.sh" "$@" >"$scratch/out" 2>"$scratch/err"
  code=$?
}
trixie "$made"
exits "made" 0
same "from apt's mirror" "$(cat "$made/asked")" "trixie $made http://mirror.example/debian"
rm "$made/asked"
trixie "$made"
exits "made again: completed" 0
same "not installed again" "$([ -e "$made/asked" ] || echo no)" no
mkdir "$scratch/other" && touch "$scratch/other/file"
trixie "$scratch/other"
exits "a folder with something else" 1 "$scratch/other: is not empty, and not a Debian 13"
trixie --remove "$scratch/other"
exits "removes only its own" 1 "not made by this script"
trixie /
exits "not this system" 1 "expected a folder"
mkdir "$scratch/few"
for name in awk bash cat id ls mktemp realpath rm sed; do ln -s "$(command -v "$name")" "$scratch/few/"; done
cp "$bin/id" "$scratch/few/id.new" && mv "$scratch/few/id.new" "$scratch/few/id"
path=$scratch/few trixie "$scratch/new"
exits "no debootstrap" 1 "debootstrap: not there; scripts/packages.sh bench installs it"
printf '#!/bin/bash\necho 1000\n' >"$scratch/few/id"
path=$scratch/few trixie "$scratch/new"
exits "not root" 1 "must be run as root"

# What is mounted inside is unmounted, not emptied (where mounting is allowed, out of others' sight)
mkdir -p "$made/proc" "$made/a b" "$scratch/kept" && touch "$scratch/kept/file"
if unshare --mount true 2>/dev/null; then
  PATH=$bin:$PATH unshare --mount bash -c "mount --bind '$scratch/kept' '$made/proc' &&
    mount --bind '$scratch/kept' '$made/a b' && bash '$bench/peer-trixie.sh' --remove '$made'" \
    >"$scratch/out" 2>"$scratch/err"
  code=$?
else
  echo "not mounted: not allowed here"
  trixie --remove "$made"
fi
exits "removed" 0
same "with what is inside" "$([ -e "$made" ] || echo gone)" gone
same "but not what was mounted there" "$(ls "$scratch/kept")" file
finish
