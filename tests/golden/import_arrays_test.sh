#!/usr/bin/env bash
# import_arrays_test.sh - `import npy`, `npz` and `hdf5` of arrays that numpy and h5py wrote: each
# number is found again by h5py in the data set, in every type, order of bytes and version; and what
# is refused.
. "$(dirname "$0")/../lib/check.sh"
find_python h5py numpy
cd "$scratch" || exit 1
cat >make.py <<'PY'
import h5py, numpy
r = numpy.random.default_rng(7)
N, M = 300, 40
y, ty = r.integers(0, 4, N), r.integers(0, 4, M)
x, tx = r.integers(0, 100, (N, 3, 5, 4)), r.integers(0, 100, (M, 3, 5, 4))
numpy.savez("all.npz", x=x.astype("u1"), y=y, tx=tx.astype("u1"), ty=ty, last=x.transpose(0, 2, 3, 1).astype("u1"))
numpy.savez_compressed("small.npz", x=x.astype("u1"), y=y, tx=tx.astype("u1"), ty=ty)
for t in "|u1 <u2 >u2 <u4 >u4 <u8 >u8 |i1 <i2 >i2 <i4 >i4 <i8 >i8 <f2 >f2 <f4 >f4 <f8 >f8".split():
    n = "x" + ("b" if t[0] == ">" else "l") + t[1:] + ".npy"
    numpy.save(n, x.astype(t))
numpy.save("half.npy", numpy.array([[0, -0.0, 6e-8, -5.9e-5, 65504, 1 / 3, 1, -2.5]] * 4, "f2"))
numpy.save("half_y.npy", numpy.array([0, 1, 0, 1]))
numpy.save("signed.npy", numpy.array([[-128, -1, 0, 127]] * 4, "i1"))
numpy.save("wide.npy", numpy.array([[-2**63, -1, 2**62, 5]] * 4, "i8"))
numpy.save("bool.npy", numpy.array([[True, False, True]] * 4))
for t in "|u1 >i2 <i8 |i1".split():
    numpy.save("y" + t[1:] + ".npy", y.astype(t))
numpy.save("one.npy", numpy.arange(4, dtype="u1")[:, None])
numpy.save("far.npy", numpy.array([0, 65535, 7, 0]))
numpy.save("tx.npy", tx.astype("u1"))
numpy.save("ty.npy", ty[:, None])
for v in 2, 3:
    with open("v%d.npy" % v, "wb") as f:
        numpy.lib.format.write_array(f, x.astype("u1"), version=(v, 0))
numpy.save("reg.npy", r.normal(size=(N, 2)))
numpy.save("bits.npy", r.random((N, 3)) > 0.5)
numpy.save("fortran.npy", numpy.asfortranarray(x.reshape(N, 60).astype("f4")))
numpy.save("object.npy", numpy.array([{}, []], dtype=object), allow_pickle=True)
numpy.save("text.npy", numpy.array(["a", "b"]))
numpy.save("nan.npy", numpy.where(x == x.max(), numpy.nan, x))
numpy.save("minus.npy", y - 1)
numpy.save("float_y.npy", y / 2)
numpy.save("less.npy", y[:-1])
with h5py.File("user.h5", "w") as f:
    f["x"], f["y"], f["tx"], f["ty"] = x.astype("u1"), y, tx.astype("u1"), ty
    f["f8"], f["i2"] = x.astype("f8"), x.astype("i2")
    f.create_dataset("cut", data=x.astype("f4"), chunks=(50, 1, 5, 4))
    f["last"] = x.transpose(0, 2, 3, 1).astype("f4")
    f["reg"] = numpy.load("reg.npy")
PY
cat >check.py <<'PY'
# check.py SET X Y [TX TY]: /train and /test hold these arrays, in this order; with X:last (N, H, W, C)
import h5py, numpy, sys
def load(name):
    name, _, last = name.partition(":")
    a = numpy.load(name)
    return a.transpose(0, 3, 1, 2) if last else a
with h5py.File(sys.argv[1], "r") as f:
    for split, x, y in zip(["train", "test"], sys.argv[2::2], sys.argv[3::2]):
        x, y = load(x), load(y)
        g = f[split]
        images = g["images"][:]
        kept = numpy.uint8 if x.dtype == numpy.uint8 else numpy.float32
        if not numpy.can_cast(x.dtype, kept): # what float32 would round
            kept = numpy.float64
        assert images.dtype == kept, images.dtype
        assert (images.reshape(x.shape) == x.astype("f8")).all()
        if "labels" in g:
            assert (g["labels"][:] == y.reshape(-1)).all()
        else:
            assert (g["targets"][:] == y.reshape(len(y), -1).astype("f8")).all()
PY
cat >drawn.py <<'PY'
# drawn.py SET X Y FRACTION: both splits together are the arrays; the test has its part of each class
import h5py, numpy, sys
x, y = numpy.load(sys.argv[2]), numpy.load(sys.argv[3])
with h5py.File(sys.argv[1], "r") as f:
    got = [(f[s]["labels"][:], f[s]["images"][:].reshape(-1, x[0].size)) for s in ("train", "test")]
key = lambda l, i: sorted(bytes([a]) + b.astype("f4").tobytes() for a, b in zip(l, i))
assert key(y, x.reshape(len(x), -1)) == sorted(key(*got[0]) + key(*got[1]))
for c in range(4):
    assert (got[1][0] == c).sum() == int((y == c).sum() * float(sys.argv[4]) + 0.5)
PY
"$python" make.py || exit 1
good() { # WHAT CHECK ARGS...
  local what=$1
  shift
  if [ "$code" = 0 ] && "$python" "$@" 2>"$scratch/err"; then ok "$what"; else not_ok "$what ($code)"; fi
}

for type in u1 u2 u4 u8 i1 i2 i4 i8 f2 f4 f8; do
  for order in l b; do
    [ -f x$order$type.npy ] || continue
    run 0 import npy --force --inputs x$order$type.npy --targets yi2.npy --test-inputs x$order$type.npy --test-targets yi8.npy s.h5
    good "npy of $order $type" check.py s.h5 x$order$type.npy yi2.npy x$order$type.npy yi8.npy
  done
done
for each in half signed wide bool; do
  run 0 import npy --force --inputs $each.npy --targets half_y.npy --test-inputs $each.npy --test-targets half_y.npy s.h5
  good "npy: $each" check.py s.h5 $each.npy half_y.npy
done
run 0 import npy --force --inputs one.npy --targets far.npy --test-inputs one.npy --test-targets far.npy s.h5
good "small samples, many classes" check.py s.h5 one.npy far.npy one.npy far.npy
for v in 2 3; do
  run 0 import npy --force --inputs v$v.npy --targets yu1.npy --test-inputs tx.npy --test-targets ty.npy s.h5
  good "version $v.0 of the format" check.py s.h5 xlu1.npy yu1.npy tx.npy ty.npy
done
gzip -k xlf4.npy yi1.npy
run 0 import npy --force --inputs xlf4.npy.gz --targets yi1.npy.gz --test-fraction 0.1 s.h5
good "packed, with a test fraction" drawn.py s.h5 xlf4.npy yi1.npy 0.1
cp s.h5 before.h5
run 0 import npy --force --inputs xlf4.npy.gz --targets yi1.npy.gz --test-fraction 0.1 s.h5
if cmp -s before.h5 s.h5; then ok "the same bytes again"; else not_ok "the same bytes again"; fi
run 0 import npy --force --inputs xlf4.npy --targets reg.npy --kind regression --test-inputs xlf4.npy --test-targets reg.npy s.h5
good "regression" check.py s.h5 xlf4.npy reg.npy xlf4.npy reg.npy
run 0 import npy --force --inputs xlf4.npy --targets bits.npy --kind multi_label --test-inputs xlf4.npy --test-targets bits.npy s.h5
good "several labels" check.py s.h5 xlf4.npy bits.npy xlf4.npy bits.npy

run 0 import npz --force all.npz s.h5 --inputs x --targets y --test-inputs tx --test-targets ty.npy
good "npz, stored" check.py s.h5 xlu1.npy yu1.npy tx.npy ty.npy
run 0 import npz --force small.npz s.h5 --inputs x --targets y --test-inputs tx --test-targets ty
good "npz, deflated" check.py s.h5 xlu1.npy yu1.npy tx.npy ty.npy
run 0 import npz --force all.npz s.h5 --inputs last --targets y --channels-last --test-fraction 0.2
good "npz, channels last" drawn.py s.h5 xlu1.npy yu1.npy 0.2

for x in x f8 i2 cut; do
  test_x=$x test_y=y
  [ $x = x ] && test_x=tx test_y=ty
  run 0 import hdf5 --force user.h5 s.h5 --inputs /$x --targets /y --test-inputs /$test_x --test-targets /$test_y
  case $x in x) a="xlu1.npy yu1.npy tx.npy ty.npy" ;; f8) a="xlf8.npy yu1.npy" ;; i2) a="xli2.npy yu1.npy" ;; cut) a="xlf4.npy yu1.npy" ;; esac
  good "hdf5: /$x" check.py s.h5 $a
done
run 0 import hdf5 --force user.h5 s.h5 --inputs /last --targets /y --channels-last --test-fraction 0.5
good "hdf5, channels last" drawn.py s.h5 xlf4.npy yu1.npy 0.5
run 0 import hdf5 --force user.h5 s.h5 --inputs /f8 --targets /reg --kind regression --test-inputs /f8 --test-targets /reg
good "hdf5, regression" check.py s.h5 xlf8.npy reg.npy

rm -f s.h5
refuse() { # WHAT CODE TEXT ARGS...
  local what=$1 want=$2 text=$3
  shift 3
  run 0 import "$@"
  exits "$what" "$want" "$text"
}
part() { refuse "$1" "$2" "$3" npy s.h5 --test-fraction 0.5 --inputs "$4" --targets "$5"; }
part "Fortran order" 65 "ascontiguousarray" fortran.npy yu1.npy
part "objects" 65 "type '|O'" object.npy yu1.npy
part "texts" 65 "text.npy: strings, expected numbers as inputs" text.npy yu1.npy
part "values that are not finite" 65 "nan.npy: sample [0-9]* at ([0-9], [0-9], [0-9]): found nan, expected a finite number" nan.npy yu1.npy
part "labels below 0" 65 "label -1 at index.*numpy.maximum(labels, 0)" xlu1.npy minus.npy
part "labels that are fractions" 65 "label [0-9.]* at index .*--kind regression" xlu1.npy float_y.npy
part "too few labels" 65 "299 samples, .* has 300" xlu1.npy less.npy
part "a list as samples" 65 "1 to 3 dimensions" yu1.npy yu1.npy
part "a file that is not there" 74 "none.npy" none.npy yu1.npy
part "no array" 65 "not an .npy array" make.py yu1.npy
refuse "channels last without channels" 64 "found 2 dimensions" npy s.h5 --test-fraction 0.5 --inputs signed.npy --targets half_y.npy --channels-last
refuse "no way to a test split" 64 "either --test-inputs" npy s.h5 --inputs xlu1.npy --targets yu1.npy
refuse "half a test split" 64 "together" npy s.h5 --inputs xlu1.npy --targets yu1.npy --test-inputs tx.npy
refuse "no targets" 64 "expected --inputs and --targets" npy s.h5 --inputs xlu1.npy
refuse "splits that differ" 65 "differ in type or shape" npy s.h5 --inputs xlf4.npy --targets yu1.npy --test-inputs tx.npy --test-targets ty.npy
refuse "a kind that is none" 64 "expected classes, regression" npy s.h5 --kind odd --inputs xlu1.npy --targets yu1.npy
refuse "an array that is not in the archive" 65 "no array z in this archive; it has: x.npy, y.npy" npz all.npz s.h5 --inputs z --targets y --test-fraction 0.5
refuse "an archive that is none" 65 "make.py" npz make.py s.h5 --inputs x --targets y --test-fraction 0.5
refuse "an array that is not in the HDF5 file" 65 "/z" hdf5 user.h5 s.h5 --inputs /z --targets /y --test-fraction 0.5
refuse "HDF5: numbers as classes" 65 "--kind" hdf5 user.h5 s.h5 --inputs /x --targets /reg --test-fraction 0.5
if [ ! -e s.h5 ] && ! ls -A | grep -q '^\.s\.h5'; then ok "nothing is left behind"; else not_ok "nothing is left behind"; fi
finish
