#!/usr/bin/env python3
"""The stages of script/test: build, unit tests, stories, sanitizers, fuzzers, lint. The last line is `N passed, M failed`."""
import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import ceph

TOP = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
THREADED_ROOMS = ["net_test", "store_test", "audit_test"]
WALKTHROUGHS = [1, 2, 3, 4]
REGIONS = {3: ["us-east-1", "ap-northeast-1"]}  # of the others us-east-1 and eu-west-2


class Outcome:
    """How many checks of a stage passed and failed, and which failed."""

    def __init__(self, passed=0, failed=0, failures=()):
        self.passed, self.failed, self.failures = passed, failed, list(failures)

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.failures += other.failures


def run(command, timeout_s, env=None, capture=False):
    """Runs a command in the project's folder; answers (status, output). Over its time the whole process group is killed."""
    print("+ " + " ".join(map(str, command)), flush=True)
    process = subprocess.Popen(
        [str(word) for word in command], cwd=TOP, stdin=subprocess.DEVNULL, start_new_session=True,
        env={**os.environ, **(env or {})}, stdout=subprocess.PIPE if capture else None, text=True)
    try:
        output, _ = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        print(f"killed after {timeout_s} s", flush=True)
        return 124, output or ""
    return process.returncode, output or ""


def command_stage(name, command, timeout_s):
    """A stage that is one check: the command's status."""
    status, _ = run(command, timeout_s)
    return Outcome(1) if status == 0 else Outcome(0, 1, [name])


def read_junit(path):
    """Counts a JUnit file."""
    outcome = Outcome()
    for case in ElementTree.parse(path).iter("testcase"):
        name = f"{case.get('classname', '')}.{case.get('name', '')}".strip(".")
        if case.find("failure") is not None or case.find("error") is not None or case.get("status") == "fail":
            outcome.failed += 1
            outcome.failures.append(name)
        elif case.find("skipped") is None:
            outcome.passed += 1
    return outcome


def tests_stage(name, command, report, timeout_s, env=None):
    """A stage whose command writes a JUnit report. A command that fails without a failed case is itself a failure."""
    report = TOP / report
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    status, _ = run(command, timeout_s, env)
    if not report.exists():
        return Outcome(0, 1, [f"{name}: no report"])
    outcome = read_junit(report)
    if status != 0 and outcome.failed == 0:
        outcome.failed, outcome.failures = 1, [f"{name}: status {status}"]
    if outcome.passed == 0 and outcome.failed == 0:
        outcome.failed, outcome.failures = 1, [f"{name}: nothing was tested"]
    return outcome


def build(preset, targets, timeout_s):
    return command_stage(f"build {preset}", ["script/build", preset, *targets], timeout_s)


SANITIZER_OPTIONS = {
    "ASAN_OPTIONS": "detect_stack_use_after_return=0:abort_on_error=0",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1",
    "ASAN_SYMBOLIZER_PATH": "/usr/bin/llvm-symbolizer-19",
    "TSAN_SYMBOLIZER_PATH": "/usr/bin/llvm-symbolizer-19",
}


def unit_tests(preset, timeout_s, exclude="NOT_BUILT"):
    report = f"build/{preset}/unit_tests.xml"
    command = ["ctest", "--test-dir", f"build/{preset}", "-j", str(os.cpu_count()), "--timeout", "300", "-E", exclude,
               "--output-on-failure", "--output-junit", str(TOP / report), "--quiet"]
    return tests_stage(f"unit tests {preset}", command, report, timeout_s, SANITIZER_OPTIONS)


def stories(quick):
    command = [PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/stories", "--junitxml=build/stories.xml"]
    if quick:
        command += ["-m", "not slow"]
    return tests_stage("stories", command, "build/stories.xml", 1500)


def walkthrough(number, region, options=(), env=None):
    what = f"walkthrough {number} in {region}"
    _, output = run([PYTHON, "tests/run_walkthrough.py", str(number), "--region", region, *options], 600, env, capture=True)
    print(output, flush=True)
    last = re.search(r"(\d+) passed, (\d+) failed\s*$", output)
    if not last:
        return Outcome(0, 1, [f"{what}: no result"])
    return Outcome(int(last[1]), int(last[2]), [f"{what}: {line}" for line in output.splitlines() if line.startswith("not ok")])


def walkthroughs(quick):
    """All in both regions; quickly, the first in both and the others in one."""
    outcome = Outcome()
    for number in WALKTHROUGHS:
        regions = REGIONS.get(number, ["us-east-1", "eu-west-2"])
        for region in regions[:1] if quick and number > 1 else regions:
            outcome.add(walkthrough(number, region))
    return outcome


def rados(quick, preset="release"):
    """The store on clusters of its own: the contract and the first walkthrough on one OSD, and then the stories on three copies."""
    if not shutil.which("ceph-osd"):
        print("skipped: no Ceph here; script/bootstrap --rados installs it", flush=True)
        return Outcome()
    total = Outcome()
    for osds in [1] if quick else [1, 3]:
        with tempfile.TemporaryDirectory(prefix="coffer-ceph-") as parent:
            cluster = ceph.Cluster(Path(parent) / "ceph/ceph.conf")
            try:
                ceph.Cluster.make(cluster.folder, osds)
                env = {"COFFER_TEST_CEPH_CONF": str(cluster.conf)}
                for outcome in rados_on_one(preset, env) if osds == 1 else rados_on_three(env):
                    total.add(outcome)
            except (subprocess.SubprocessError, OSError) as error:
                total.add(Outcome(0, 1, [f"rados: no cluster of {osds}: {error}"]))
            finally:
                cluster.destroy()
    return total


def rados_on_one(preset, env):
    report = f"build/{preset}/rados.xml"
    tests = [f"build/{preset}/src/store_test", "--gtest_filter=Rados/*:RadosKeys.*:RadosGateway.*", f"--gtest_output=xml:{TOP / report}"]
    yield tests_stage("rados", tests, report, 300, env)
    yield walkthrough(WALKTHROUGHS[0], "us-east-1", ["--rados"], env)


def rados_on_three(env):
    report = "build/rados_stories.xml"
    command = [PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/stories", f"--junitxml={report}"]
    yield tests_stage("rados stories", command, report, 3600, {**env, "COFFER_TEST_STORE": "rados"})


def fuzzers(seconds):
    _, output = run(["script/fuzz", "--seconds", str(seconds)], 600 + seconds * 20, capture=True)
    print(output, flush=True)
    passed = len(re.findall(r"^ok ", output, re.M))
    failures = re.findall(r"^not ok (.*)", output, re.M)
    if passed == 0 and not failures:
        failures = ["no fuzzer ran"]
    return Outcome(passed, len(failures), failures)


def quick_stages():
    return {
        "tidy": lambda: command_stage("tidy", [PYTHON, "tests/tidy.py"], 120),
        "release": lambda: build("release", [], 1500),
        "units": lambda: unit_tests("release", 600),
        "rados": lambda: rados(quick=True),
        "stories": lambda: stories(quick=True),
        "walkthroughs": lambda: walkthroughs(quick=True),
        "asan": lambda: build("asan", [], 1800),
        "asan-units": lambda: unit_tests("asan", 900),
        "fuzz": lambda: fuzzers(20),
        "tsan": lambda: build("tsan", THREADED_ROOMS, 900),
        "tsan-units": lambda: unit_tests("tsan", 600),
        "lint": lambda: command_stage("lint", ["script/lint", "--seconds", "240"], 420),
    }


def all_stages():
    hour = 3600
    return {
        **quick_stages(),
        "stories": lambda: stories(quick=False),
        "walkthroughs": lambda: walkthroughs(quick=False),
        "rados": lambda: rados(quick=False),
        "fuzz": lambda: fuzzers(120),
        "tsan": lambda: build("tsan", [], hour),
        "tsan-units": lambda: unit_tests("tsan", hour),
        "lint": lambda: command_stage("lint", ["script/lint", "--all"], 2 * hour),
    }


def main():
    parser = argparse.ArgumentParser(prog="script/test")
    parser.add_argument("--quick", action="store_true", help="what CI runs (the default)")
    parser.add_argument("--all", action="store_true", help="everything")
    parser.add_argument("--only", default="", metavar="STAGE,…", help="some stages")
    parser.add_argument("--list", action="store_true", help="the stages' names")
    arguments = parser.parse_args()
    stages = all_stages() if arguments.all else quick_stages()
    if arguments.list:
        print("\n".join(stages))
        return 0
    wanted = [name for name in arguments.only.split(",") if name] or list(stages)
    if unknown := set(wanted) - set(stages):
        parser.error(f"no such stage: {', '.join(sorted(unknown))}")

    rows, total, begun = [], Outcome(), time.monotonic()
    for name in [name for name in stages if name in wanted]:
        print(f"== {name} (at {time.monotonic() - begun:.0f} s)", flush=True)
        start = time.monotonic()
        outcome = stages[name]()
        rows.append((name, outcome, time.monotonic() - start))
        total.passed += outcome.passed
        total.failed += outcome.failed
    print("\n== summary")
    for name, outcome, seconds in rows:
        print(f"{name:14} {outcome.passed:5} passed {outcome.failed:4} failed {seconds:7.1f} s")
        for failure in outcome.failures[:40]:
            print(f"    failed: {failure}")
    print(f"{time.monotonic() - begun:.0f} s in all")
    print(f"{total.passed} passed, {total.failed} failed")
    return 0 if total.failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
