#!/usr/bin/env bash
# flight_test.sh - a rank that stands still ends the job in time with 71, and the flight records of the
# others name it, on the terminal, in log.txt and in flight/; at the next start they are set aside.
. "$(dirname "$0")/../lib/check.sh"
[ "$launcher" != none ] || { echo "skipped: no mpirun here"; exit 77; }
cd "$scratch" || exit 1
limit=2 # seconds; with one, on a busy machine, ranks that only had to wait for a core were named, too
run 0 import synthetic --seed 3 --train 8000 --test 100 --shape 1x28x28 data.h5
exits "data set" 0
cat >r.yaml <<YAML
model: lenet
data: {file: data.h5}
batch: {size: 48, shards: 6}
train: {max_steps: 1000000, peer_timeout: $limit, check_replicas: 0}
optimizer: {name: sgd}
schedule: {name: onecycle, max_lr: 0.001}
checkpoint: {every_epochs: 0}
YAML

trains() { [ -s run/steps.csv ] && [ "$(wc -l <run/steps.csv)" -gt 3 ]; }

# stop RANKS RANK ARGS...: train until steps were done, stop a rank, wait for the end
stop() {
  local ranks=$1 rank=$2 job began
  shift 2
  rm -f run/steps.csv
  timeout 100 "${launch[@]}" -n "$ranks" "$ONECYCLE" \
    train r.yaml --run-dir run "$@" >"$scratch/out" 2>"$scratch/err" &
  job=$!
  until trains || ! kill -0 $job 2>/dev/null; do sleep 0.05; done
  kill -STOP "$(rank_process "$rank")" 2>/dev/null
  began=$SECONDS
  wait $job
  code=$?
  [ $((SECONDS - began)) -le $((limit + 10)) ] && ok "ended in time" || not_ok "took $((SECONDS - began)) s"
}

# look RANKS RANK: the records of all ranks but one, which they name
look() {
  python3 - "$@" >"$scratch/out" 2>"$scratch/err" <<'PY'
import json, sys
ranks, lost = int(sys.argv[1]), int(sys.argv[2])
assert json.load(open("run/flight/missing.json")) == {"ranks": ranks, "without_record": [lost]}
others = [r for r in range(ranks) if r != lost]
named = False
for rank in others:
    r = json.load(open(f"run/flight/rank-{rank}.json"))
    assert (r["rank"], r["ranks"], r["reason"]) == (rank, ranks, "waited"), r
    assert r["step"] > 1 and r["seconds"] >= 1 and r["phase"], r
    assert r["summary"].startswith(f"rank {rank}: waited "), r
    assert 30 < len(r["events"]) <= 64, len(r["events"])
    times = [e["unix_time"] for e in r["events"]]
    assert all(r["unix_time"] - 60 < t <= r["unix_time"] for t in times), times
    what = {e["event"] for e in r["events"]}
    assert what >= {"train step", "prepare", "data", "shard", "reduction", "bucket begins"}, what
    if r["waits_in"] == "the gradient reduction":
        assert r["waits_for"] and r["buckets"][0]["waits_for"], r
        assert rank not in r["waits_for"], r
        named |= r["waits_for"] == [lost]
assert named
PY
  code=$?
  exits "records of $1 ranks name rank $2" 0
}

stop 2 1
exits "rank 1 of 2 stands still" 71 "rank 0 on .*: waited .* s in the gradient reduction for rank 1; .*flight records: $scratch/run/flight"
exits "who left no record" 71 "no flight record of rank 1: stopped, dead"
grep -q "error: rank 0 on .* in the gradient reduction for rank 1;" run/log.txt &&
  ok "log.txt says so too" || not_ok "log.txt says nothing"
look 2 1

stop 3 1 --resume --set reduce.overlap=on --set compute.threads=2 --set reduce.bucket=128KiB
exits "rank 1 of 3 stands still, with overlap" 71 "waited .* s in the gradient reduction for rank 1;"
[ -e run/flight.before/rank-0.json ] && ok "the records before were set aside" || not_ok "no flight.before"
look 3 1

echo keep >run/flight.before/mine
run 0 train r.yaml --run-dir run --resume --stop-at 1 --quiet
exits "a file of the user's is not removed" 74 "flight: cannot be renamed to .*flight.before: Directory not empty"
rm run/flight.before/mine
run 0 train r.yaml --run-dir run --resume --stop-at 1 --quiet
exits "a run that is stopped" 75
[ ! -e run/flight ] && [ -e run/flight.before/rank-2.json ] &&
  ok "has the last ones set aside" || not_ok "$(ls -d run/flight*)"
finish
