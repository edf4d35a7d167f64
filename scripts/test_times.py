#!/usr/bin/env python3
"""test_times.py BUILD [REGEX [NOT-REGEX]] - the CPU seconds (user and system) of each test of a
build, daemons that it leaves behind among them. Says where the time of the tests goes even on a busy machine, as ctest, which
tells how long a test took, cannot. Prints "CPU-SECONDS WALL-SECONDS RESULT NAME", the sum at the end."""

import ctypes
import json
import os
import re
import resource
import subprocess
import sys
import time

PR_SET_CHILD_SUBREAPER = 36


def cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(test):
    """-> exit code, CPU seconds, wall seconds"""
    properties = {p["name"]: p["value"] for p in test.get("properties", [])}
    environment = dict(os.environ)
    environment.update(e.split("=", 1) for e in properties.get("ENVIRONMENT", []))
    before, start = cpu(), time.monotonic()
    code = subprocess.call(test["command"], env=environment, stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                           cwd=properties.get("WORKING_DIRECTORY"))
    wall = time.monotonic() - start
    try:
        while os.waitpid(-1, 0):  # what its children left behind is ours to wait for
            pass
    except ChildProcessError:
        pass
    return code, cpu() - before, wall


def main():
    if not 2 <= len(sys.argv) <= 4:
        sys.exit(__doc__)
    chosen = re.compile(sys.argv[2] if len(sys.argv) > 2 else "")
    left_out = re.compile(sys.argv[3] if len(sys.argv) > 3 else "$^")
    listed = subprocess.check_output(["ctest", "--test-dir", sys.argv[1], "--show-only=json-v1"])
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    total, failed = 0.0, 0
    for test in json.loads(listed)["tests"]:
        if not chosen.search(test["name"]) or left_out.search(test["name"]):
            continue
        code, seconds, wall = run(test)
        total += seconds
        failed += code not in (0, 77)
        print(f"{seconds:8.2f} {wall:8.2f} {'ok' if code == 0 else code:>4} {test['name']}", flush=True)
    print(f"{total:8.2f} CPU seconds, {failed} failed")


if __name__ == "__main__":
    main()
