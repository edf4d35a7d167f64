#!/usr/bin/env bash
# predict_test.sh - `predict` sees a picture as the import did, and finds columns, levels and classes
# by their names; what it cannot know it asks for; names do not reach the terminal raw.
command -v python3 >/dev/null || { echo "skipped: no python3 to write PNG files"; exit 77; }
. "$(dirname "$0")/../lib/check.sh"
cd "$scratch" || exit 1
cat >pictures.py <<'PY'
# pictures.py FOLDER BITS WIDTH HEIGHT: PNGs whose middle is dark or light by class, beside noise that
# a crop to the middle takes off, or whose left half says nothing about the right one
import os, random, struct, sys, zlib
def png(path, width, height, bits, pixel):
    raw = b"".join(b"\0" + b"".join(pixel(x, y).to_bytes(bits // 8, "big") for x in range(width)) for y in range(height))
    def part(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    with open(path, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + part(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)) +
                part(b"IDAT", zlib.compress(raw)) + part(b"IEND", b""))
folder, bits, width, height = sys.argv[1], *map(int, sys.argv[2:5])
white, r = 2 ** bits - 1, random.Random(bits)
for split, count in (("train", 50), ("test", 50)):
    for label in ("dark", "light"):
        os.makedirs(f"{folder}/{split}/{label}")
        for i in range(count):
            # The middle says the class by a little, what lies beside it the contrary by much.
            inside = 100 if label == "dark" else 140
            outside = 255 if label == "dark" else 0
            def pixel(x, y):
                value = inside if width // 4 <= x < width - width // 4 else outside
                return min(white, max(0, (value + r.randrange(-20, 20)) * (white // 255)))
            png(f"{folder}/{split}/{label}/{i:02d}.png", width, height, bits, pixel)
PY
recipe() { # NAME DATA [LINES]
  printf '%s\n' "model: {name: mlp, hidden: [8]}" "data: {file: $2${3:+, $3}}" "batch: {size: 20, shards: 2}" \
    "train: {epochs: 12, seed: 1}" "optimizer: {name: sgd}" "schedule: {name: onecycle, max_lr: 0.05}" >"$1.yaml"
}
train() { # NAME
  run 0 train "$1.yaml" --run-dir "$1" --quiet
  exits "train $1" 0
}

# Pictures: cropped as the import did.
for bits in 8 16; do
  python3 pictures.py "p$bits" "$bits" 64 32
  run 0 import images --size 16x16 --channels 1 "p$bits" "p$bits.h5"
  exits "import pictures of $bits bits" 0
  recipe "r$bits" "p$bits.h5"
  train "r$bits"
  run 0 eval "r$bits"
  same "$bits bits: eval" "test_accuracy 1.000000" "$(grep test_accuracy out)"
  run 0 predict "r$bits" "p$bits"/test/*/*.png
  exits "predict pictures of $bits bits" 0
  same "$bits bits: each picture is right" 100 "$(awk -F'[/\t ]' '$3 == $5' out | grep -c .)"
  cut -f2- out >all.txt
  run 0 predict "r$bits" "p$bits/test/light/49.png"
  same "$bits bits: alone as among others" "$(tail -n 1 all.txt)" "$(cut -f2- out)"
  # The whole probabilities, by the data set's order: classes, then names.
  run 0 predict "r$bits" --data "p$bits.h5"
  same "$bits bits: the data set says the same" "$(awk -F'[\t ]' '{print ($1 == "dark") ? $2 : $4}' all.txt | md5sum)" \
    "$(tail -n +2 out | awk -F, '{printf "%.4f\n", $2}' | md5sum)"
done
run 0 predict r8 --scale 1 p8/test/dark/00.png
exits "a scale that is known" 64 "from 0 to 255"
run 0 predict r8 --invert p8/test/dark/00.png
exits "invert" 0
differ "turned into its negative" "$(cut -f2 out)" "dark 1.0000"

# Columns by name; categories; splits.
awk 'BEGIN { srand(3); print "alpha,beta,town,label"
  for (i = 0; i < 400; i++) { a = rand(); b = 10 * rand(); t = i % 2 ? "Oslo" : "Rome"
    printf "%.6f,%.6f,%s,%s\n", a, b, t, (a > 0.5) == (t == "Oslo") ? "yes" : "no" } }' >train.csv
awk -F, -v OFS=, 'NR == 1 { print "town", "label", "beta", "alpha"; next } NR <= 101 { print $3, $4, $2, $1 }' train.csv >other.csv
head -n 101 train.csv >same.csv
sed 's/Rome/Bergen/' other.csv >bergen.csv
import() { # IN OUT
  run 0 import csv --label label --categorical town --test-fraction 0.2 "$1" "$2"
  exits "import $1" 0
}
import train.csv train.h5
import same.csv same.h5
import other.csv other.h5
import bergen.csv bergen.h5
recipe table train.h5
sed -i 's/epochs: 12/epochs: 30/; s/hidden: \[8\]/hidden: [16]/' table.yaml
train table
run 0 predict table --data same.h5 --split train
exits "a table" 0
mv out same.txt
same "its header" "sample,no,yes" "$(head -n 1 same.txt)"
same "its training split" 81 "$(grep -c . same.txt)"
run 0 predict table --data other.h5 --split train
same "columns in another order: the same" "$(md5sum <same.txt)" "$(md5sum <out)"
run 0 predict table --data bergen.h5
exits "a level that is unknown" 65 "town.*Bergen.*Rome"
run 0 eval table --data bergen.h5
exits "eval: a level that is unknown" 65 "town.*Bergen.*Rome"
run 0 predict table --data bergen.h5 --unknown-level ignore
exits "is ignored" 0
run 0 eval table --data bergen.h5 --unknown-level ignore
exits "eval: is ignored" 0
run 0 predict table --data other.h5 --unknown-level maybe
exits "a level's other way" 64 "error or ignore"
run 0 predict table --data other.h5 --split validation
exits "a split that is not there" 65 "no validation split"
run 0 predict table --data other.h5 --split last
exits "no split" 64 "train, test or validation"
run 0 predict table --data other.h5 p8/test/dark/00.png
exits "pictures and a data set" 64
run 0 predict table p8/test/dark/00.png
exits "a picture for a table" 65 "an image, expected a table"
run 0 predict r8 --data other.h5
exits "a table for pictures" 65 "numbers, expected bytes"

# Names: of a class, of a file.
printf 'x,y\n1,"a\033[31m,""b"\n2,plain\n3,"a\033[31m,""b"\n4,plain\n' >raw.csv
for i in 1 2 3; do tail -n +2 raw.csv; done >>raw.csv
run 0 import csv --label y --test-fraction 0.25 raw.csv raw.h5
exits "import names" 0
recipe raw raw.h5
sed -i 's/size: 20, shards: 2/size: 4, shards: 1/' raw.yaml
train raw
run 0 predict raw --data raw.h5
same "names of classes: plain, in quotes" 'sample,"a?[31m,""b",plain' "$(head -n 1 out)"
finish
