#!/usr/bin/env bash
# hdf5_types_test.sh - HDF5 files as h5py and others write them, imported and trained from straight:
# types, filters, layouts, labels in any form, several files, channels last; what is refused is named.
. "$(dirname "$0")/../lib/check.sh"
find_python h5py numpy
cd "$scratch" || exit 1
cat >make.py <<'PY'
import h5py, numpy
from h5py import h5d, h5p, h5s, h5t, h5z
r = numpy.random.default_rng(3)
N = 120
y = r.integers(0, 3, N)
x = r.integers(0, 40, (N, 3, 6, 5)) + 20 * y[:, None, None, None]
numpy.savez("x.npz", x=x.astype("u1"), y=y, names=numpy.array(["cat", "dog", "Älg"])[y], nan=numpy.where(x == x.max(), numpy.nan, x))
numpy.save("x.npy", x.astype("u1"))
numpy.save("y.npy", y)
numpy.save("bytes.npy", numpy.array([b"cat", b"dog", b"emu"])[y])
numpy.save("big_endian_names.npy", numpy.array(["cat", "dog", "Älg"])[y].astype(">U3"))

def low(f, name, data, make, stored=None):
    """A data set whose creation properties or stored type h5py does not offer."""
    dcpl = h5p.create(h5p.DATASET_CREATE)
    make(dcpl)
    space = h5s.create_simple(data.shape)
    d = h5d.create(f.id, name.encode(), stored or h5t.py_create(data.dtype), space, dcpl)
    mtype = stored if isinstance(stored, h5t.TypeEnumID) else h5t.py_create(data.dtype)
    d.write(h5s.ALL, h5s.ALL, numpy.ascontiguousarray(data), mtype)

with h5py.File("user.h5", "w") as f:
    f.create_group("s")
    for t in "u1 i1 <u2 >u2 <i2 >i2 <u4 >u4 <i4 >i4 <u8 >u8 <i8 >i8 <f2 >f2 <f4 >f4 <f8 >f8".split():
        f["x/" + t.replace("<", "l").replace(">", "b")] = x.astype(t)
    f["x/bool"] = x > 40
    low(f, "x/enum", x.astype("u1"), lambda p: None, h5t.py_create(h5py.enum_dtype({"a": 0, "b": 1}, basetype="u1")))
    twelve = h5t.STD_U16LE.copy()
    twelve.set_precision(12)
    def nbit(p):
        p.set_chunk((30, 3, 6, 5))
        p.set_filter(h5z.FILTER_NBIT)
    low(f, "s/nbit", x.astype("u2"), nbit, twelve)
    narrow = h5t.IEEE_F32LE.copy() # bfloat16: the upper half of a float
    narrow.set_fields(15, 7, 8, 0, 7)
    narrow.set_precision(16)
    narrow.set_size(2)
    low(f, "s/bfloat16", x.astype("f4"), lambda p: None, narrow)
    low(f, "s/compact", x.astype("u1"), lambda p: p.set_layout(h5d.COMPACT))
    for name, options in {"gzip": dict(compression="gzip", shuffle=True, fletcher32=True),
                          "scale": dict(scaleoffset=0, chunks=(50, 3, 6, 5)),
                          "cut": dict(chunks=(50, 2, 6, 5)), "rows": dict(chunks=(50, 3, 6, 5)),
                          "shuffle": dict(chunks=(30, 3, 6, 5), shuffle=True)}.items():
        f.create_dataset("s/" + name, data=x.astype("u2"), **options)
    if h5z.filter_avail(h5z.FILTER_SZIP):
        f.create_dataset("szip", data=x.astype("u2"), compression="szip")
    f.create_dataset("lzf", data=x.astype("u2"), compression="lzf")
    f["last"] = x.transpose(0, 2, 3, 1).astype("u1")
    f["last_f8"] = x.transpose(0, 2, 3, 1).astype("f8")
    f["y"] = y
    f["l/onehot"], f["l/onehot_f4"] = numpy.eye(3, dtype="u1")[y], numpy.eye(3, dtype="f4")[y]
    f["l/float"], f["l/column"], f["l/four"] = y.astype("f8"), y[:, None].astype(">i2"), y[:, None, None, None]
    f["l/u8"] = y.astype("u8")
    f["from1"], f["from5"] = y + 1, y + 5
    f["gap"] = numpy.where(y == 1, 4, y)
    words = numpy.array(["cat", "dog", "Älg"], dtype=object)[y]
    f.create_dataset("w/varying", data=words, dtype=h5py.string_dtype())
    f.create_dataset("w/fixed", data=[w.encode() for w in words], dtype=h5py.string_dtype(length=5))
    f["bytes"] = numpy.array([b"cat", b"dog", b"emu"])[y]
    f["half"] = y > 0
    f["bad/minus"], f["bad/huge"], f["bad/part"] = y - 1, y.astype("u8") + 2**63, y + 0.5
    f["bad/nan"] = numpy.where(numpy.arange(N) == 7, numpy.nan, y)
    f["bad/two"] = numpy.eye(3)[y] + numpy.eye(3)[0]
    f["bad/target"] = numpy.where(numpy.arange(2 * N) == 15, numpy.inf, 1.0).reshape(N, 2)
    f.create_dataset("bad/empty", data=["" if i == 9 else "a" for i in range(N)], dtype=h5py.string_dtype())
    f.create_dataset("bad/latin", data=numpy.array([b"\xe9"] * N))
    n = x.astype("f4")
    n[17, 2, 0, 4] = numpy.inf
    f["bad/inf"] = n
    w = x.astype("i8")
    w[3, 1, 2, 0] = 2**53 + 1
    f["bad/wide"] = w
    f["t/compound"] = numpy.zeros(N, dtype=[("a", "f4"), ("b", "i4")])
    f["t/complex"] = x * 1j
    f["t/long"] = x.astype("longdouble")
    f.create_dataset("t/list", shape=(N,), dtype=h5py.vlen_dtype("i4"))[:] = [numpy.arange(2)] * N
    f["t/opaque"] = numpy.zeros((N, 2), dtype="V5")
    f["t/reference"] = numpy.array([f["y"].ref] * N, dtype=h5py.ref_dtype)
    d = f.create_dataset("partly", shape=x.shape, dtype="f4", chunks=(40, 3, 6, 5))
    d[:40] = x[:40]
    f.create_dataset("resizable", data=x.astype("f4"), maxshape=(None, 3, 6, 5))
    time = 1.7e9 + r.random(N) * 600
    f["time"], f["wave"] = time[:, None], (time - 1.7e9) / 300 - 1
with h5py.File("labels.h5", "w") as f:
    f["y"], f["ty"] = y, y[:30]
with h5py.File("test.h5", "w") as f:
    f["x"] = x[:30].astype("u1")
PY
cat >check.py <<'PY'
# check.py SET X Y [NAMES]: /train holds the array X of user.h5 in order, as it is or as (C, H, W); labels Y
import h5py, json, numpy, sys
with h5py.File("user.h5") as u, h5py.File(sys.argv[1]) as s:
    x, y = u[sys.argv[2]][:], u[sys.argv[3]][:]
    if x.shape[-1] == 3:
        x = x.transpose(0, 3, 1, 2)
    images, schema = s["train/images"][:], json.loads(s["schema"].asstr()[()])
    kept = "f8" if "bfloat16" in sys.argv[2] else "u1" if x.dtype == "u1" else "f4" if x.dtype == bool or numpy.can_cast(x.dtype, "f4") else "f8"
    assert images.dtype == kept, images.dtype
    assert (images == x).all()
    assert (s["train/labels"][:] == y).all()
    if len(sys.argv) > 4:
        assert schema["classes"] == sys.argv[4].split(","), schema["classes"]
PY
cat >equal.py <<'PY'
# equal.py SET SET: the same names, types, numbers and attributes, but for `source`
import h5py, numpy, sys
def content(path):
    found = {}
    with h5py.File(path) as f:
        f.visititems(lambda n, o: found.update({n: (o.dtype.str, o[()].tobytes() if o.dtype.kind != "O" else o[()])})
                     if isinstance(o, h5py.Dataset) else None)
        for name, value in f.attrs.items():
            found["@" + name] = value
    source = found.pop("@source")
    return found
a, b = content(sys.argv[1]), content(sys.argv[2])
assert a == b, [k for k in a if a[k] != b.get(k)]
PY
"$python" make.py || exit 1
take() { run 0 import hdf5 user.h5 --force s.h5 --test-inputs "$1" --test-targets "$2" --inputs "$1" --targets "$2" "${@:3}"; }
good() { # WHAT SCRIPT ARGS...
  local what=$1
  shift
  if [ "$code" = 0 ] && "$python" "$@" 2>>"$scratch/err"; then ok "$what"; else not_ok "$what ($code)"; fi
}
# ---- what is taken
for t in u1 i1 l{u2,u4,u8,i2,i4,i8,f2,f4,f8} b{u2,u4,u8,i2,i4,i8,f2,f4,f8} bool enum; do
  take /x/$t /y
  good "type $t" check.py s.h5 x/$t y
done
[ -e s.h5 ] && take /x/bool /y
grep -q 'booleans became' s.h5 && ok "booleans are told" || not_ok "booleans are told"
for s in compact nbit bfloat16 gzip scale cut rows shuffle; do
  take /s/$s /y
  good "storage $s" check.py s.h5 s/$s y
done
"$python" -c 'import h5py; assert "szip" in h5py.File("user.h5")' 2>/dev/null && {
  take /szip /y
  good "storage szip" check.py s.h5 szip y
}
take /resizable /y
good "storage resizable" check.py s.h5 resizable y
for l in onehot onehot_f4 float column four u8; do
  take /x/u1 /l/$l
  good "labels $l" check.py s.h5 x/u1 y 0,1,2
done
take /x/u1 /half
good "labels bool" check.py s.h5 x/u1 half 0,1
for l in varying fixed; do
  take /x/u1 /w/$l
  good "labels of $l strings" check.py s.h5 x/u1 y cat,dog,Älg
done
take /x/u1 /bytes
good "labels of bytes" check.py s.h5 x/u1 y cat,dog,emu
take /x/u1 /from1 --first-label 1
good "labels from 1" check.py s.h5 x/u1 y 1,2,3
take /x/u1 /from1 --first-label 0
exits "an empty class 0 if it is said" 0
grep -q 'classes without a training sample: 0"' s.h5 && ok "it is told" || not_ok "the empty class is told"
take /x/u1 /gap
grep -q 'classes without a training sample: 1, 3"' s.h5 && ok "a gap is told" || not_ok "a gap is told"
for l in last last_f8; do
  take /$l /y --channels-last
  good "/$l" check.py s.h5 $l y
done
run 0 import hdf5 user.h5 s.h5 --force --inputs /x/u1 --targets /y --targets-file labels.h5 --test-file test.h5 \
  --test-inputs /x --test-targets /ty --test-targets-file labels.h5
good "three files" check.py s.h5 x/u1 y

# ---- the same numbers become the same data set
take /x/u1 /y
cp s.h5 first.h5
run 0 import npy s.h5 --force --inputs x.npy --targets y.npy --test-inputs x.npy --test-targets y.npy
good "npy and HDF5" equal.py first.h5 s.h5
run 0 import npz x.npz s.h5 --force --inputs x --targets y --test-inputs x --test-targets y
good "npz and HDF5" equal.py first.h5 s.h5
take /s/gzip /y
cp s.h5 first.h5
take /x/lu2 /y
good "gzip and plain" equal.py first.h5 s.h5
take /x/u1 /w/varying
cp s.h5 first.h5
run 0 import npz x.npz s.h5 --force --inputs x --targets names --test-inputs x --test-targets names
good "names of npz and HDF5" equal.py first.h5 s.h5
run 0 import npy s.h5 --force --inputs x.npy --targets big_endian_names.npy --test-inputs x.npy --test-targets big_endian_names.npy
good "names of npy, big-endian" equal.py first.h5 s.h5

# ---- what is refused is named
refuse() { # WHAT CODE TEXT X Y ARGS...
  local what=$1 want=$2 text=$3
  take "${@:4}"
  exits "$what" "$want" "$text"
}
rm -f s.h5
refuse "lzf" 65 "filter lzf (number 32000).*python3 -c" /lzf /y
refuse "a compound" 65 "/t/compound: elements are compound of 2 fields" /t/compound /y
refuse "complex numbers" 65 "complex numbers of 16 bytes" /t/complex /y
refuse "long doubles" 65 "elements are float128" /t/long /y
refuse "lists" 65 "lists of varying length" /t/list /y
refuse "opaque bytes" 65 "opaque" /t/opaque /y
refuse "references" 65 "references" /t/reference /y
refuse "chunks that were never written" 65 "/partly: only 1 of its 3 chunks" /partly /y
refuse "strings as inputs" 65 "strings, expected numbers" /w/varying /y
refuse "what looks like channels last" 65 "looks like (height, width, channels): add --channels-last" /last /y
refuse "labels from 1" 65 "labels are 1 to 3, .*--first-label 1" /x/u1 /from1
refuse "labels below the first" 65 "label 0 at index [0-9]*, expected 1 to" /x/u1 /y --first-label 1
refuse "negative labels" 65 "label -1 at index.*numpy.maximum(labels, 0)" /x/u1 /bad/minus
refuse "huge labels" 65 "label 92233720368547758[0-9]* at index 0" /x/u1 /bad/huge
refuse "fractions" 65 "label [0-9.]* at index 0, expected whole numbers" /x/u1 /bad/part
refuse "a label that is no number" 65 "label nan at index 7" /x/u1 /bad/nan
refuse "rows that are not one-hot" 65 "ones among 3 numbers\|number 0 is 2" /x/u1 /bad/two
refuse "an empty label" 65 "label at index 9 has 0 bytes" /x/u1 /bad/empty
refuse "a label that is not UTF-8" 65 "label at index 0 is not UTF-8" /x/u1 /bad/latin
refuse "infinite inputs" 65 "user.h5: /bad/inf: sample 17 at (2, 0, 4): found inf" /bad/inf /y
refuse "an integer that no float64 holds" 65 "/bad/wide: sample 3 at (1, 2, 0): found 9007199254740993" /bad/wide /y
refuse "infinite targets" 65 "target 1 of sample 7 is inf" /x/u1 /bad/target --kind regression
refuse "names as numbers" 65 "strings, 1 per sample: expected numbers" /x/u1 /w/fixed --kind regression
run 0 import npz x.npz s.h5 --inputs nan --targets y --test-fraction 0.5
exits "npz: NaN" 65 "x.npz: nan: sample [0-9]* at ([0-9], [0-9], [0-9]): found nan"
run 0 import hdf5 user.h5 s.h5 --inputs /x/u1 --targets /y --test-fraction 0.5 --test-file test.h5
exits "a test file without test inputs" 64 "needs --test-inputs too"
if [ ! -e s.h5 ]; then ok "nothing is left behind"; else not_ok "nothing is left behind"; fi

# ---- training straight from the file
cat >recipe.yaml <<'YAML'
model: {name: mlp, hidden: [8]}
data: {file: user.h5, inputs: /x/lf4, targets: /y, validation: 0.2}
batch: {size: 16, shards: 2}
train: {epochs: 2}
schedule: {name: onecycle, max_lr: 0.05}
YAML
train() { run 0 train recipe.yaml --run-dir "$1" "${@:2}"; }
weights() { field weights_hash "$1/summary.json"; }
train plain
exits "float32" 0 "inputs .*user.h5: /x/lf4: 120 samples, 3 channels, 6x5 (channels first), float32"
for each in "be x/bf8" "half x/bf2" "gzip s/gzip" "nbit s/nbit" "cut s/cut"; do
  train "${each% *}" --set data.inputs=/"${each#* }"
  same "weights of /${each#* }" "$(weights plain)" "$(weights "${each% *}")"
done
train u1 --set data.inputs=/x/u1
train last --set data.inputs=/last --set data.channels_last=true
exits "channels last" 0 "3 channels, 6x5 (channels last), uint8"
same "weights of bytes, channels last" "$(weights u1)" "$(weights last)"
head -n 5 last/log.txt | grep -q "channels last" &&
  ok "the log begins with the shape" || not_ok "the shape in log.txt"
train last8 --set data.inputs=/last_f8 --set data.channels_last=true
same "weights of doubles, channels last" "$(weights plain)" "$(weights last8)"
train refused --set data.inputs=/last
exits "channels last without a word" 65 "data.channels_last: true or false"
train onehot --set data.targets=/l/onehot
same "weights of one-hot labels" "$(weights plain)" "$(weights onehot)"
train words --set data.targets=/w/varying
same "weights of string labels" "$(weights plain)" "$(weights words)"
grep -q "Älg" words/checkpoints/step-*.h5 && ok "the checkpoint knows the names" || not_ok "names in the checkpoint"
run 0 eval words --validation
exits "eval by names" 0
train words --set data.targets=/w/varying --resume
exits "a resume by names" 0
train from1 --set data.targets=/from1 --set data.first_label=1
same "weights of labels from 1" "$(weights plain)" "$(weights from1)"
train refused --set data.targets=/from1
exits "labels from 1 without a word" 65 "data.first_label: 1"
train two --set data.targets_file=labels.h5
same "weights with targets in another file" "$(weights plain)" "$(weights two)"
train three --set data.validation=0 --set data.inputs=/x/u1 --set data.test_file=test.h5 --set data.test_inputs=/x \
  --set data.test_targets=/ty --set data.test_targets_file=labels.h5
exits "a test split in other files" 0 "test inputs .*test.h5: /x: 30 samples"
train refused --set data.test_file=test.h5
exits "a test file without test inputs in a recipe" 64 "data.test_inputs"
for inputs in inf wide; do
  train refused --set data.inputs=/bad/$inputs
  exits "training: /bad/$inputs" 65 "user.h5: /bad/$inputs: sample [0-9]* at (., ., .): found"
done
train refused --set data.targets=/bad/target --set loss.name=mse
exits "training: infinite targets" 65 "/bad/target: target 1 of sample 7 is inf"
train wave --set data.inputs=/time --set data.targets=/wave --set loss.name=mse --set train.epochs=40
awk -v a="$(field test_r2 wave/summary.json)" 'BEGIN { exit !(a > 0.95) }' &&
  ok "Unix times train" || not_ok "Unix times: R2 $(field test_r2 wave/summary.json)"
train refused --set data.inputs=/s/gzip --set data.memory=4KiB
exits "a packed array beyond the memory" 65 "is compressed, so it cannot be read"
command=$(grep -o "onecycle import hdf5 .*" err)
eval "\"\$ONECYCLE\" ${command#onecycle }" >out 2>err && [ -s OUT.h5 ] &&
  ok "the command that it names works" || not_ok "the command: $command"
finish
