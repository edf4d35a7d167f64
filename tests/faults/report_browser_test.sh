#!/bin/bash
# report_browser_test.sh - the page of `onecycle report` in a browser, wide and as on a phone: no
# message on its console, nothing asked of any network, every image decoded, nothing wider than the
# window. Needs Chromium (Debian: chromium), which is large and no part of scripts/packages.sh.
. "$(dirname "$0")/../lib/check.sh"
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
[ -n "$browser" ] || { echo "skipped: chromium is not installed"; exit 77; }
command -v gnuplot >/dev/null || { echo "skipped: gnuplot is not installed"; exit 77; }
command -v python3 >/dev/null || { echo "skipped: python3 is not installed"; exit 77; }
cd "$scratch" || exit 1
python3 - <<'END'
import random, struct
random.seed(3)
for name, n in (("train", 320), ("t10k", 80)):
    labels = bytes(random.randrange(10) for _ in range(n))
    shade = lambda label: bytes(min(255, 20 * label + random.randrange(80)) for _ in range(784))
    open(name + "-images-idx3-ubyte", "wb").write(
        struct.pack(">iiii", 2051, n, 28, 28) + b"".join(shade(label) for label in labels))
    open(name + "-labels-idx1-ubyte", "wb").write(struct.pack(">ii", 2049, n) + labels)
END
run 0 import idx . data.h5
exits "a data set" 0
cat >r.yaml <<'END'
model: lenet
data: {file: data.h5}
batch: {size: 32}
train: {epochs: 2, seed: 7}
schedule: {name: constant, lr: 0.01}
END
long=a-run-with-a-name-that-says-all-$(printf 'max_lr_0.05-weight_decay_5e-4-%.0s' 1 2 3 4)
run 0 train r.yaml --run-dir "$long" --quiet
exits "a run with a long name" 0
run 0 train r.yaml --run-dir stopped --quiet --stop-at 3
exits "one that is stopped before its first evaluation" 75
run 0 train r.yaml --run-dir diverged --quiet --set schedule.lr=1000
exits "one that diverges" 72
run 0 report "$long" stopped diverged --html page.html
exits "a page of three" 0

# in_browser PAGE WIDTH: what the page's own measuring says -> measured; its console -> console.
# The policy makes every request that is no data: URL a message there. No window is narrower than
# 500 pixels, so the page itself is made as wide as asked.
in_browser() {
    {
        echo '<!DOCTYPE html><meta http-equiv="Content-Security-Policy" content="default-src '\''none'\'';'
        echo 'img-src data:; style-src '\''unsafe-inline'\''; script-src '\''unsafe-inline'\''">'
        cat "$1"
        echo "<script>const width = $2;"
        cat <<'END'
document.documentElement.style.width = width + "px";
const images = [...document.images], broken = images.filter(i => !i.complete || !i.naturalWidth);
document.body.innerHTML = `measured: ${images.length > 0 ? "" : "no "}images, ${broken.length} broken, ${
  document.querySelectorAll("svg").length} drawings, ${document.body.offsetWidth > width - 100 ? "" : "not "}${
  width} wide, ${Math.max(0, document.body.scrollWidth - document.body.clientWidth)} too much`;
</script>
END
    } >probe.html
    timeout 120 "$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars --no-first-run \
        --user-data-dir="$scratch/profile" --enable-logging=stderr --v=0 --window-size=1280,900 \
        --virtual-time-budget=5000 --dump-dom "file://$scratch/probe.html" >dom 2>log
    grep -o "measured: [^<]*" dom >measured
    grep CONSOLE log >console
}
for width in 1120 390; do
    in_browser page.html $width
    same "$width pixels wide" \
        "measured: images, 0 broken, 6 drawings, $width wide, 0 too much" "$(cat measured)"
    same "  nothing on the console" 0 "$(wc -l <console)"
done
# Would it have been seen?
cat >bad.html <<'END'
<body><img src="http://localhost:9/a.png"><div style="width:2000px">wide</div><script>console.error("seen")</script>
END
in_browser bad.html 390
same "a broken page is one" "measured: images, 1 broken, 0 drawings, 390 wide, 16" "$(cut -c1-52 measured)"
same "  and its console is heard" 1 "$(grep -c '"seen"' console)"
same "  and what it asks for" 1 "$(grep -c 'localhost:9/a.png.*Content Security Policy' console)"
finish
