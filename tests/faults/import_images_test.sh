#!/usr/bin/env bash
# import_images_test.sh - `import images` on the command line: the card tells what was skipped, turned,
# widened and followed, and inspect shows it later; options and folders that are refused; a network
# learns what only 16 bits can tell apart.
. "$(dirname "$0")/../lib/check.sh"
pictures=$ONECYCLE_SOURCE/tests/golden/pictures
# shows WHAT TEXT: the last run's output has this line or part of one
# Whatever line a text was broken at.
shows() { if tr -s ' \n' ' ' <"$scratch/out" | grep -qF -- "$2"; then ok "$1"; else
  not_ok "$1: no '$2'"
  sed 's/^/        /' "$scratch/out"
fi; }

tree=$scratch/tree
mkdir -p "$tree"/{Train,VALID,testing}/{cat,dog}
for class in cat dog; do
  cp "$pictures/rgb.bmp" "$tree/Train/$class/a.jpg"
  cp "$pictures/lossless.webp" "$tree/Train/$class/b"
  cp "$pictures/turned.png" "$tree/VALID/$class/c.jfif"
  cp "$pictures/animated.gif" "$tree/testing/$class/d.dat"
done
ln -s a.jpg "$tree/Train/cat/link.jpg"
printf 'text' | tee "$tree/Train/cat/readme.txt" "$tree/labels.xml" "$tree/.DS_Store" >/dev/null
head -c 60 "$pictures/raw.tiff" >"$tree/Train/dog/cut.tiff"
run 0 import images --size 4x4 "$tree" "$scratch/tree.h5"
exits "a mixed folder is imported" 0 "skipped Train/dog/cut.tiff: damaged TIFF"
shows "three splits" "4 train, 2 test, 2 validation"
shows "kinds" "read: 8 images (BMP 2, GIF 2, PNG 2, WebP 2)"
shows "turned" "turned upright by their EXIF orientation: 2"
shows "first frames" "first frame or page of several: 2 images (GIF 2)"
shows "unknown content" "2 of unknown content (.txt 1, .xml 1)"
shows "damaged" "1 damaged or too large (TIFF 1)"
shows "links" "1 refused (a link 1)"
shows "hidden" "1 hidden"
shows "resized" "fitted to 4x4 (height x width, crop): 8 of 8"
run 0 inspect "$scratch/tree.h5"
shows "inspect shows it too" "turned upright by their EXIF orientation: 2"
run 0 import images --size 4x4 --follow-links -f "$tree" "$scratch/tree.h5"
shows "a link that is followed" "links followed: 1"
run 0 import images --size 4x4 --strict -f "$tree" "$scratch/tree.h5"
exits "--strict" 65 "damaged\|a link"
run 0 import images --size 4x4 -f --follow-links=somewhere "$tree" "$scratch/tree.h5"
exits "an unknown way to follow" 64 "anywhere"
run 0 import images --size 4x4 -f --bits 12 "$tree" "$scratch/tree.h5"
exits "12 bits" 64 "expected 8 or 16"
mkdir -p "$tree/extra/cat" && cp "$pictures/rgb.bmp" "$tree/extra/cat/1.bmp"
run 0 import images --size 4x4 -f "$tree" "$scratch/tree.h5"
exits "folders that are neither splits nor classes" 65 "found folders Train, VALID, extra, testing"

# Values 1000 to 1015 of 65535: as bytes all are 4.
for i in {0..63}; do
  v=$((1000 + i % 16))
  class=$([ $((i % 16)) -lt 8 ] && echo low || echo high)
  mkdir -p "$scratch/deep/$class"
  printf 'P5 1 1 65535\n%b' "$(printf '\\%03o\\%03o' $((v / 256)) $((v % 256)))" >"$scratch/deep/$class/$i"
done
run 0 import images --channels 1 --test-fraction 0.25 "$scratch/deep" "$scratch/deep.h5"
exits "16 bits are imported" 0
cat >"$scratch/deep.yaml" <<END
model: {name: mlp, hidden: [16]}
data: {file: deep.h5}
batch: {size: 8, shards: 1}
train: {epochs: 30, seed: 1}
schedule: {name: onecycle, max_lr: 0.1}
END
run 0 train "$scratch/deep.yaml" --run-dir "$scratch/run" --quiet
exits "16 bits are trained on" 0
accuracy=$(field test_accuracy "$scratch/run/summary.json")
awk -v a="${accuracy:-0}" 'BEGIN { exit !(a >= 0.9) }' && ok "and told apart: $accuracy" ||
  not_ok "16 bits: accuracy '$accuracy'"
run 0 import images --channels 1 --test-fraction 0.25 --bits 8 -f "$scratch/deep" "$scratch/deep8.h5"
shows "what bytes lose is said" "16 bits rounded to 8, which loses detail: 64 of 64"
finish
