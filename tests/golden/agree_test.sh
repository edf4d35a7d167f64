#!/usr/bin/env bash
# agree_test.sh - one data set through every importer: the same weights, and the same predictions, bit
# for bit, from the data set and from what it was imported from, as `eval` has them.
. "$(dirname "$0")/../lib/check.sh"
find_python h5py numpy
cd "$scratch" || exit 1
cat >make.py <<'PY'
import csv, h5py, math, numpy, os, struct, zlib
r = numpy.random.default_rng(5)
def png(path, a):
    bits = 8 * a.dtype.itemsize
    raw = b"".join(b"\0" + row.astype(a.dtype.newbyteorder(">")).tobytes() for row in a)
    def part(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    with open(path, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + part(b"IHDR", struct.pack(">IIBBBBB", a.shape[1], a.shape[0], bits, 0, 0, 0, 0)) +
                part(b"IDAT", zlib.compress(raw)) + part(b"IEND", b""))
def save(name, x, y, tx, ty):
    numpy.savez(name + ".npz", x=x, y=y, tx=tx, ty=ty)
    for key, a in ("x", x), ("y", y), ("tx", tx), ("ty", ty):
        numpy.save(f"{name}-{key}.npy", a)
    for kind, how in ("plain", {}), ("gzip", dict(compression="gzip", shuffle=True, chunks=True)):
        with h5py.File(f"{name}-{kind}.h5", "w") as f:
            for key, a in ("x", x), ("y", y), ("tx", tx), ("ty", ty):
                f.create_dataset(key, data=a, **how)
def write(name, header, rows):
    with open(name, "w", newline="") as f:
        csv.writer(f).writerows([header] + rows)

# Pictures, by class and name as the importer of pictures has them; idx and arrays likewise.
def pictures(name, t):
    white = numpy.iinfo(t).max
    def some(n):
        y = numpy.repeat([0, 1], n // 2)
        return (numpy.clip(r.normal(0.4 + 0.2 * y[:, None, None], 0.2, (n, 8, 8)), 0, 1) * white).astype(t), y
    (x, y), (tx, ty) = some(80), some(42)
    save(name, x, y, tx, ty)
    for split, images, labels in ("train", x, y), ("test", tx, ty):
        for i, (image, label) in enumerate(zip(images, labels)):
            os.makedirs(f"{name}/{split}/{label}", exist_ok=True)
            png(f"{name}/{split}/{label}/{i:03d}.png", image)
    if t == "u1":
        for split, a, b in ("train", x, y), ("t10k", tx, ty):
            os.makedirs("idx", exist_ok=True)
            with open(f"idx/{split}-images-idx3-ubyte", "wb") as f:
                f.write(struct.pack(">IIII", 0x803, len(a), 8, 8) + a.tobytes())
            with open(f"idx/{split}-labels-idx1-ubyte", "wb") as f:
                f.write(struct.pack(">II", 0x801, len(b)) + b.astype("u1").tobytes())
pictures("bytes", "u1")
pictures("words", "u2")

# Numbers, each of which is another as a float.
def numbers(n):
    x = r.normal(1e5, [1, 10, 100, 1e-3], (n, 4))
    return x, (x[:, 0] > 1e5).astype(int)
(x, y), (tx, ty) = numbers(80), numbers(42)
save("numbers", x, y, tx, ty)
names = ["a", "b", "c", "d"]
for name, a, b in ("train", x, y), ("test", tx, ty):
    write(f"numbers-{name}.csv", names + ["label"], [[repr(float(v)) for v in row] + [l] for row, l in zip(a, b)])
order = [2, 0, 3, 1]
write("numbers-new.csv", [names[i] for i in order], [[repr(float(row[i])) for i in order] for row in tx])

# Categories, words as labels.
rows = [[repr(float(r.normal())), ("Oslo", "Rome", "Bern")[r.integers(3)], r.integers(5)] for i in range(122)]
label = lambda row: "yes" if (float(row[0]) > 0) == (row[1] == "Oslo") else "no"
write("towns-train.csv", ["x", "town", "day", "label"], [row + [label(row)] for row in rows[:80]])
write("towns-test.csv", ["x", "town", "day", "label"], [row + [label(row)] for row in rows[80:]])
write("towns-new.csv", ["day", "x", "town"], [[row[2], row[0], row[1]] for row in rows[80:]])
write("towns-odd.csv", ["day", "x", "town"], [[row[2], row[0], "Paris" if i == 3 else row[1]] for i, row in enumerate(rows[80:])])

# Seconds of Unix time.
t = 1.7e9 + 600 * r.random(1000)
rows = [[f"{v:.3f}", repr(math.sin((v - 1.7e9) / 100))] for v in t]
write("time-train.csv", ["time", "sine"], rows[:900])
write("time-test.csv", ["time", "sine"], rows[900:])
write("time-new.csv", ["time"], [row[:1] for row in rows[900:]])
PY
"$python" make.py || { not_ok "make.py"; finish; }

recipe() { # NAME DATA [EPOCHS RATE HIDDEN]
  printf '%s\n' "model: {name: mlp, hidden: [${5:-8}]}" "data: {file: $2}" "batch: {size: 24, shards: 2}" \
    "train: {epochs: ${3:-6}, seed: 1}" "optimizer: {name: adam}" "schedule: {name: onecycle, max_lr: ${4:-0.02}}" >"$1.yaml"
}
# train NAME DATA ...: run it, evaluate it, predict its test split into NAME.txt; a right class each
# as often as eval says.
train() {
  recipe "$@"
  run 0 train "$1.yaml" --run-dir "$1" --quiet
  exits "train $1" 0
  run 0 eval "$1"
  exits "eval $1" 0
  mv out "$1.eval"
  run 0 predict "$1" --data "$2"
  exits "predict --data of $1" 0
  mv out "$1.txt"
}
sum() { tail -n +2 "$1" | md5sum; }
# said WHAT FILE RUN: what was just predicted is, to the bit, what the run says of its test split.
said() { same "$1" "$(sum "$2.txt")" "$(sum out)"; }
# accuracy NAME LABELS: what eval says is what predictions say.
accuracy() {
  same "$1: eval is what predict says" "$(sed -n 's/^test_accuracy //p' "$1.eval")" \
    "$(tail -n +2 "$1.txt" | paste -d, - "$2" | awk -F, '{n++; right += ($3 > $2) == $4} END {printf "%.6f", right / n}')"
}
arrays="--inputs x --targets y --test-inputs tx --test-targets ty"

for kind in bytes words; do
  run 0 import images --channels 1 $kind $kind-images.set
  exits "$kind: import images" 0
  train $kind-images $kind-images.set
  find $kind/test -name '*.png' | sort >list
  sed 's|.*/\([01]\)/.*|\1|' list >labels
  accuracy $kind-images labels
  cp labels labels-$kind
  run 0 predict $kind-images --all $(cat list)
  exits "$kind: predict pictures" 0
  cut -d, -f2- out >pictures.txt
  same "$kind: pictures, to the bit" "$(tail -n +2 $kind-images.txt | cut -d, -f2- | md5sum)" "$(tail -n +2 pictures.txt | md5sum)"
  for i in 1 30; do
    run 0 predict $kind-images --all "$(sed -n ${i}p list)"
    same "$kind: picture $i alone" "$(sed -n $((i + 1))p pictures.txt)" "$(tail -n 1 out | cut -d, -f2-)"
  done
  run 0 predict $kind-images --npz $kind.npz --inputs tx
  exits "$kind: the pictures as an array" 0
  said "$kind: the array says the same" $kind-images
done

# The same bytes, the same numbers, through what other importers read.
for kind in bytes numbers; do
  run 0 import npz $arrays $kind.npz $kind-npz.set
  exits "$kind: import npz" 0
  run 0 import npy --inputs $kind-x.npy --targets $kind-y.npy --test-inputs $kind-tx.npy --test-targets $kind-ty.npy $kind-npy.set
  exits "$kind: import npy" 0
  for how in plain gzip; do
    run 0 import hdf5 $arrays $kind-$how.h5 $kind-$how.set
    exits "$kind: import hdf5, $how" 0
  done
done
run 0 import idx idx bytes-idx.set
exits "bytes: import idx" 0
run 0 import csv --label label --test numbers-test.csv numbers-train.csv numbers-csv.set
exits "numbers: import csv" 0
"$python" -c 'import numpy
for line in numpy.load("numbers-ty.npy"): print(line)' >labels
for kind in bytes numbers; do
  first=
  others="idx npz npy plain gzip"
  [ $kind = numbers ] && others="csv npz npy plain gzip"
  [ $kind = bytes ] && first=bytes-images
  for how in $others; do
    name=$kind-$how
    train $name $name.set
    [ -z "$first" ] && first=$name && accuracy $name labels
    same "$name: the same weights" "$(hash_of $first)" "$(hash_of $name)"
    same "$name: the same scores" "$(grep '^test_' $first.eval)" "$(grep '^test_' $name.eval)"
    same "$name: the same predictions" "$(sum $first.txt)" "$(sum $name.txt)"
    case $how in
      npz) run 0 predict $name --npz $kind.npz --inputs tx ;;
      npy) run 0 predict $name --npy $kind-tx.npy ;;
      csv) run 0 predict $name --csv numbers-new.csv ;;
      idx) run 0 predict $name --hdf5 $kind-gzip.h5 --inputs tx ;;
      *) run 0 predict $name --hdf5 $kind-$how.h5 --inputs tx ;;
    esac
    exits "$name: predict new samples" 0
    said "$name: new samples, the same bits" $name
  done
done
run 0 predict bytes-npz --all $(find bytes/test -name '*.png' | sort)
exits "pictures for a network of arrays of bytes" 0
same "they say the same" "$(tail -n +2 bytes-npz.txt | cut -d, -f2- | md5sum)" "$(tail -n +2 out | cut -d, -f2- | md5sum)"
run 0 predict numbers-csv --csv numbers-test.csv
exits "a table with its label" 0
said "the label changes nothing" numbers-csv
run 0 predict numbers-csv --npz numbers.npz --inputs tx
exits "an array for columns with names" 65 "columns with names"
run 0 predict numbers-npz --csv numbers-new.csv
exits "a table for columns without names" 65
run 0 predict bytes-npz --npz numbers.npz --inputs tx
exits "other samples" 65 "expected 1 channels, 8x8"
run 0 predict numbers-npz --npz numbers.npz
exits "an array without its name" 64 "inputs"
run 0 predict numbers-npz bytes/test/0/000.png
exits "a picture for numbers of 4 channels" 65 "1 or 3 channels.*4x1x1"

# A report classifies as the network knows the data: not normalised, and straight from others' files.
recipe straight bytes-gzip.h5
sed -i 's|^data: .*|data: {file: bytes-plain.h5, inputs: x, targets: y, test_inputs: tx, test_targets: ty, normalise: none}|' straight.yaml
run 0 train straight.yaml --run-dir straight --quiet
exits "train straight" 0
run 0 report straight --html straight.html
exits "report" 0
if grep -q "Not classified" straight.html; then not_ok "the report is not classified"; else ok "the report is classified"; fi
run 0 predict straight --hdf5 bytes-plain.h5 --inputs tx
accuracy_of="$(tail -n +2 out | paste -d, - labels-bytes | awk -F, '{n++; right += ($3 > $2) == $4} END {printf "%.6f", right / n}')"
run 0 eval straight
same "straight: eval is what predict says" "$(sed -n 's/^test_accuracy //p' out)" "$accuracy_of"

# Pictures for a network of floats: what a white pixel counts must be said.
"$python" -c 'import numpy
a = dict(numpy.load("bytes.npz")); a["x"] = a["x"] / 255; a["tx"] = a["tx"] / 255; numpy.savez("floats.npz", **a)'
run 0 import npz $arrays floats.npz floats.set
exits "floats: import npz" 0
train floats floats.set
run 0 predict floats $(cat list)
exits "floats: no scale" 64 "value of a white pixel with --scale"
run 0 predict floats --scale 1 --all $(find bytes/test -name '*.png' | sort)
exits "floats: a scale" 0
same "floats: the same bits" "$(tail -n +2 floats.txt | cut -d, -f2- | md5sum)" "$(tail -n +2 out | cut -d, -f2- | md5sum)"

# Categories.
run 0 import csv --label label --categorical town,day --test towns-test.csv towns-train.csv towns.set
exits "towns: import csv" 0
train towns towns.set
run 0 predict towns --csv towns-new.csv
said "towns: other order, no label" towns
same "towns: classes" "sample,no,yes" "$(head -n 1 out)"
run 0 predict towns --csv towns-odd.csv
exits "towns: an unknown level" 65 "line 5.*Paris.*Oslo"
same "towns: what came before it" 3 "$(tail -n +2 out | grep -c .)"
run 0 predict towns --csv towns-odd.csv --unknown-level ignore
exits "towns: ignored" 0
same "towns: one row differs" 1 "$(diff out towns.txt | grep -c '^>')"
sed 's/^day/week/' towns-new.csv >towns-missing.csv
run 0 predict towns --csv towns-missing.csv
exits "towns: a missing column" 65 "missing: day.*new: week\|day.*week"
sed 's/^/7,/; 1s/^7/more/' towns-new.csv >towns-more.csv
run 0 predict towns --csv towns-more.csv
exits "towns: a column too many" 65 "more"
run 0 predict towns --csv towns-more.csv --ignore more
said "towns: it is ignored" towns
run 0 inspect towns/checkpoints/"$(cat towns/checkpoints/latest)"
exits "inspect" 0
for line in "columns *x, town, day" "town *Bern, Oslo, Rome" "classes *no, yes" "mean .* and [0-9]* more\|mean  *[-0-9.e]* "; do
  if grep -q "$line" out; then ok "inspect: $line"; else not_ok "inspect: $line: $(grep -A12 'trained on' out)"; fi
done

# Unix time.
run 0 import csv --targets sine --test time-test.csv time-train.csv time.set
exits "time: import csv" 0
train time time.set 60 0.03 32
same "time: R2" 1 "$(awk '/^test_r2/ {print ($2 >= 0.999)}' time.eval)"
run 0 predict time --csv time-new.csv
said "time: new rows" time
finish
