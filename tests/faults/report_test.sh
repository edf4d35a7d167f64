#!/usr/bin/env bash
# report_test.sh - onecycle report: a page that stands alone and says what the tables say, also
# with hostile names; a picture; a table; and what it answers to folders that are no runs.
. "$(dirname "$0")/../lib/check.sh"
command -v gnuplot >/dev/null || { echo "skipped: gnuplot is not installed"; exit 77; }
command -v python3 >/dev/null || { echo "skipped: python3 is not installed"; exit 77; }
cd "$scratch" || exit 1
hostile="a'<script>\$(x)\`&\"b"
mkdir -p "images/train/<b>\"c'" images/train/plain "images/test/<b>\"c'" images/test/plain
python3 - <<'PY'
import struct, zlib, random
def png(path, shade):
    raw = b"".join(b"\0" + bytes(min(255, shade + random.randrange(60)) for _ in range(28)) for _ in range(28))
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    open(path, "wb").write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 28, 28, 8, 0, 0, 0, 0))
                           + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""))
random.seed(1)
for split, n in (("train", 40), ("test", 12)):
    for i in range(n):
        for name in ("<b>\"c'", "plain"): # alike, so that some are classified wrong
            png(f"images/{split}/{name}/{i}.png", 90)
PY
run 0 import images images data.h5
exits "a data set with a hostile class name" 0
cat >r.yaml <<YAML
model: lenet
data: {file: data.h5}
batch: {size: 16}
train: {epochs: 3, seed: 7}
optimizer: sgd
schedule: {name: onecycle, max_lr: 0.01}
YAML
run 0 train r.yaml --run-dir "$hostile" --quiet
exits "a run in a hostile folder" 0
run 0 train r.yaml --run-dir stopped --quiet --stop-at 3
exits "a run that is stopped before its first evaluation" 75
rm stopped/summary.json

run 0 report "$hostile" stopped --html page.html
exits "a page of two runs" 0
cat >check.py <<'PY'
import csv, html.parser, sys
page, run = sys.argv[1:]
text = open(page, encoding="utf-8").read()
void = {"meta", "link", "img", "br", "hr", "input"}
class Check(html.parser.HTMLParser):
    open_tags, problems, words, images = [], [], [], 0
    def handle_starttag(self, tag, attributes):
        if tag not in void: self.open_tags.append(tag)
        if tag in ("script", "b\"c'"): self.problems.append("tag " + tag)
        if tag == "img": self.images += 1
        for name, value in attributes:
            if name in ("src", "href", "xlink:href") and not (value or "").startswith(("data:", "#")):
                self.problems.append(f"{tag} {name}={value}")
    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in void: self.open_tags.pop()
    def handle_endtag(self, tag):
        if not self.open_tags or self.open_tags.pop() != tag: self.problems.append("end of " + tag)
    def handle_data(self, data): self.words.append(data)
c = Check(); c.feed(text); c.close()
if c.open_tags: c.problems.append(f"left open: {c.open_tags}")
if "url(" in text.replace("url(#", ""): c.problems.append("url()")
last = list(csv.DictReader(open(run + "/epochs.csv")))[-1]
for name in ("test_accuracy", "test_loss", "train_loss", "train_accuracy"):
    if f"{float(last[name]):.6f}" not in c.words: c.problems.append(f"no {name} {last[name]}")
if run not in c.words: c.problems.append("no run name")
if "<b>\"c'" not in c.words: c.problems.append("no class name")
if "not evaluated yet" not in c.words or "unfinished" not in c.words: c.problems.append("no unfinished run")
if c.images == 0: c.problems.append("no sample")
print(*c.problems, sep="\n")
PY
same "well-formed, alone, true to epochs.csv" "none" "$(python3 check.py page.html "$hostile" 2>&1 | grep . || echo none)"

run 0 report "$hostile" --png page.png
exits "a picture" 0
same "it is a PNG" "89504e47" "$(head -c 4 page.png | od -An -tx1 | tr -d ' \n')"
run 0 report "$hostile" stopped --text
exits "a table" 0
same "two runs and a header" 3 "$(wc -l <"$scratch/out")"
if [ "$(awk '{ if (length > w) w = length } END { print w }' "$scratch/out")" -le 80 ]; then ok "80 columns"; else not_ok "wider than 80 columns"; fi

mv data.h5 away.h5
run 0 report "$hostile" --html gone.html
exits "the data set is gone" 0
if grep -q "Not classified" gone.html; then ok "the page says so"; else not_ok "the page does not say so"; fi
run 0 report images
exits "no run" 74 "recipe.yaml"
cp -r stopped damaged
rm damaged/steps.csv
run 0 report damaged
exits "no steps.csv" 74 "steps.csv"
cp stopped/steps.csv damaged/
printf '4,1,0.1' >>damaged/steps.csv
run 0 report damaged --text
exits "a torn last row" 0
printf '\n' >>damaged/steps.csv
run 0 report damaged
exits "a damaged row" 65 "steps.csv:5"
for odd in "1 inf" "1 -1" "1 1e400" "1 2.5" "2 nan" "3 inf" "7 1e400" "7 nan" "8 -1"; do
  awk -F, -v OFS=, -v c="${odd% *}" -v v="${odd#* }" 'NR == 3 {$c = v} 1' stopped/steps.csv >damaged/steps.csv
  run 0 report damaged --html damaged.html
  exits "row 3: column $odd" 65 "damaged/steps.csv:3: column ${odd% *}"
done
awk -F, -v OFS=, 'NR == 3 {$1 = 1} 1' stopped/steps.csv >damaged/steps.csv
run 0 report damaged --png damaged.png
exits "a step twice" 65 "damaged/steps.csv:3"
awk -F, -v OFS=, 'NR == 3 {$5 = "1e400"; $6 = "-inf"} 1' stopped/steps.csv >damaged/steps.csv
run 0 report damaged --html damaged.html
exits "a loss may be infinite" 0
cp stopped/steps.csv damaged/ && printf '4,1,\0,\n' >>damaged/steps.csv
run 0 report damaged --text
exits "a NUL" 65 "damaged/steps.csv: a NUL"
rm damaged/steps.csv && mkfifo damaged/steps.csv
run 0 report damaged --text
exits "a pipe in the place of a table is not waited for" 74 "damaged/steps.csv: not a regular file"
rm damaged/steps.csv
mkdir mine
TMPDIR=$PWD/mine run 0 report stopped --html page.html
exits "temporary files in TMPDIR" 0
same "which are gone again" 0 "$(find mine -mindepth 1 | wc -l)"
TMPDIR=$PWD/none run 0 report stopped --html page.html
exits "no such TMPDIR" 74 "TMPDIR"
head -c 20 stopped/steps.csv >damaged/steps.csv
run 0 report damaged
exits "a truncated header" 65 "steps.csv:1"
head -n 1 stopped/steps.csv >damaged/steps.csv
run 0 report damaged
exits "no row" 65 "nothing to report"
printf 'a,b,y\n' >numbers.csv
for i in $(seq 60); do echo "$i,$((i * 7 % 13)),$((3 * i + 1)).5"; done >>numbers.csv
run 0 import csv numbers.csv --targets y --test-fraction 0.2 numbers.h5
exits "a table of numbers" 0
cat >numbers.yaml <<YAML
model: {name: mlp, hidden: [8]}
data: {file: numbers.h5}
batch: {size: 16}
train: {epochs: 4, seed: 7}
loss: mse
optimizer: sgd
schedule: {name: onecycle, max_lr: 0.05}
YAML
run 0 train numbers.yaml --run-dir numbers --quiet
exits "a run of regression" 0
run 0 report numbers --text
exits "a table of a run of regression" 0
grep -q "test R2" "$scratch/out" && ok "R2 is called so" || not_ok "R2 is not called so"
r2=$(tail -n 1 numbers/epochs.csv | cut -d, -f6)
grep -q "$(printf '%.4f' "$r2")" "$scratch/out" && ok "R2 of the last epoch" || not_ok "another R2 than $r2"
run 0 report numbers --html numbers.html
exits "a page of a run of regression" 0
grep -q "test R2" numbers.html && grep -q "a confusion matrix is of classes" numbers.html &&
  ok "the page has R2 and no matrix" || not_ok "the page of regression is wrong"
run 0 report numbers stopped
exits "regression and classes overlaid" 65 "report them separately"
run 0 report
exits "nothing given" 64 "missing"
run 0 report stopped --png x.svg
exits "another ending" 64 ".png"
finish
