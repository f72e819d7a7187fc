#!/usr/bin/env python3
"""Server CPU a request, as ratios within one run: each encryption of Coffer against the others, and against nginx.

  main     GET and PUT of each size under each encryption, nginx, RocksDB and the disk, in interleaved rounds (the default)
  kms      the key service's own operations
  parts    ciphers, RocksDB, the store and the disk, each by itself
  rados    the store on a Ceph cluster of its own, beside Ceph's own gateway on the same (script/bootstrap --rados)
  profile  perf of the server under one cell's load
The server has core 0 to itself, the load core 1. It needs a release build (script/build release)."""
import argparse
import base64
import datetime
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import ceph_gateways  # noqa: E402
import load  # noqa: E402
import machine  # noqa: E402
import servers  # noqa: E402

SIZES = {"4k": 4 << 10, "64k": 64 << 10, "1m": 1 << 20}
NEEDED = ("wrk", "taskset", "openssl")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", default="main", choices=("main", "kms", "parts", "rados", "profile"))
    parser.add_argument("--binary", default=str(servers.harness.TOP / "build/release/coffer"))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=4, help="of each cell in each round")
    parser.add_argument("--sizes", default="4k,64k,1m")
    parser.add_argument("--verbs", default="get,put")
    parser.add_argument("--targets", default=",".join(servers.TARGETS), help=f"of {', '.join(servers.TARGETS)}")
    parser.add_argument("--instructions", action="store_true", help="only count instructions a request: steady on a busy machine")
    parser.add_argument("--quick", action="store_true", help="a smoke run of some seconds: its figures mean nothing")
    parser.add_argument("--with-etags", action="store_true", help="hash ETags under SSE-S3, as a server does without its bench switch")
    parser.add_argument("--json", help="write every round's figures here")
    options = parser.parse_args()
    options.sizes = [SIZES[name] for name in options.sizes.split(",")]
    options.verbs = [verb.upper() for verb in options.verbs.split(",")]
    options.targets = options.targets.split(",")
    options.keys_max = load.KEYS_MAX
    if options.quick:
        options.rounds, options.seconds, options.keys_max = 1, min(options.seconds, 6) if options.what == "profile" else 1, 200
    options.binary = Path(options.binary).resolve()
    return options


def size_name(size):
    return f"{size >> 20} MiB" if size >= 1 << 20 else f"{size >> 10} KiB"


def say(text):
    print(text, file=sys.stderr, flush=True)


def make_loads(coffer, nginx, options):
    """{(verb, size, target): Load}; the objects are put on the way."""
    signer = load.Signer(coffer)
    loads = {}
    for size in options.sizes:
        count = load.count_of(size, options.keys_max)
        keys = load.keys_of(size, count)
        for target in options.targets:
            say(f"putting {count} objects of {size_name(size)}, {target}")
            coffer.fill(target, size, count)
            coffer.check(target, size, keys[0])
            for verb in options.verbs:
                heads = [signer.object_head(verb, f"/{servers.bucket_of(target)}/{key}", size) for key in keys]
                loads[verb, size, target] = load.Load(coffer, heads, load.body_of(size) if verb == "PUT" else None,
                                                      load.connections_for(size))
        if nginx and "GET" in options.verbs:
            nginx.fill(size, count)
            heads = [load.plain_head(f"127.0.0.1:{nginx.port}", f"/{key}") for key in keys]
            loads["GET", size, "nginx"] = load.Load(nginx, heads, None, load.connections_for(size))
    return loads


def rotated(items, by):
    by %= max(1, len(items))
    return items[by:] + items[:by]


def run_rounds(loads, options, coffer, each_round=None, measure=load.Load.run):
    """{cell: [figures of each round]}. The cells of one verb and size follow each other, in an order that changes."""
    seen = {cell: [] for cell in loads}
    groups = list(dict.fromkeys(cell[:-1] for cell in loads))
    for cell in loads:  # connections, caches and code warm up
        loads[cell].run(1)
    for number in range(options.rounds):
        for group in groups:
            for cell in rotated([cell for cell in loads if cell[:-1] == group], number):
                machine.settle(loads[cell].server.pid)
                seen[cell].append(measure(loads[cell], options.seconds))
                if cell[0] == "PUT" and coffer:
                    coffer.free_garbage()
        if each_round:
            each_round(number)
        say(f"round {number + 1} of {options.rounds}")
    return seen


def median(figures, name):
    return statistics.median(figure[name] for figure in figures)


def ratio(above, below, name="cpu_us"):
    """Median, least and most of the rounds' ratios."""
    ratios = [a[name] / b[name] for a, b in zip(above, below)]
    return f"{statistics.median(ratios):.3f} ({min(ratios):.3f}–{max(ratios):.3f})"


def print_cells(seen):
    print("| | | server | CPU µs a request | requests/s | p50 ms | p99 ms | CPU / SSE-S3 | CPU / nginx |")
    print("|---|---|---|---|---|---|---|---|---|")
    for (verb, size, target), figures in sorted(seen.items(), key=lambda item: item[0][:2]):
        base, nginx = seen.get((verb, size, "sse-s3")), seen.get((verb, size, "nginx"))
        name = "nginx" if target == "nginx" else servers.TARGETS[target][0]
        against = ratio(figures, base) if base and target not in ("sse-s3", "nginx") else ""
        against_nginx = ratio(figures, nginx) if nginx and target != "nginx" else ""
        print(f"| {verb} | {size_name(size)} | {name} | {median(figures, 'cpu_us'):.1f} | {median(figures, 'per_second'):.0f} | "
              f"{median(figures, 'p50_us') / 1e3:.2f} | {median(figures, 'p99_us') / 1e3:.2f} | {against} | {against_nginx} |")


def print_parts(seen):
    print("| part | | a second | CPU µs | p50 µs | p99 µs | MiB/s |")
    print("|---|---|---|---|---|---|---|")
    for (kind, variant), figures in seen.items():
        print(f"| {kind} | {variant} | {median(figures, 'per_second'):.0f} | {median(figures, 'cpu_us'):.1f} | "
              f"{median(figures, 'p50_us'):.0f} | {median(figures, 'p99_us'):.0f} | {median(figures, 'mib_per_second'):.0f} |")


def print_heading(options, busy):
    commit = subprocess.run(["git", "-C", servers.harness.TOP, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    print(f"{machine.description()}; {datetime.date.today()}, commit {commit}; {options.rounds} rounds of {options.seconds} s, medians. "
          f"Before the run {busy:.0%} of the machine was busy with other work; load {machine.load():.1f} at its end.\n")


class PartRounds:
    """Figures of `coffer bench`, one run a round."""

    def __init__(self, options, kinds):
        self.options, self.kinds, self.seen = options, kinds, {}

    def __call__(self, _):
        for kind, arguments in self.kinds:
            with tempfile.TemporaryDirectory(prefix="bench-parts-") as folder:
                found = servers.parts(self.options.binary, kind, arguments, None if kind == "aead" else folder)
            for variant, figures in found.items():
                self.seen.setdefault((kind, variant), []).append(figures)


def disk_parts(options):
    seconds = "0.3" if options.quick else "1.5"
    return [("fdatasync", ["--seconds", seconds]), ("commit-loop", ["--writers", "1,8,32", "--seconds", seconds])]


def run_main(options):
    busy = machine.others_busy()
    with servers.Coffer(options.binary, not options.with_etags) as coffer, servers.Nginx(coffer) as nginx:
        coffer.make_buckets(options.targets)
        loads = make_loads(coffer, nginx, options)
        if options.instructions:
            return print_instructions(loads, options, coffer)
        parts = PartRounds(options, disk_parts(options) if "PUT" in options.verbs else [])
        seen = run_rounds(loads, options, coffer, parts)
    print_heading(options, busy)
    print_cells(seen)
    if parts.seen:
        print()
        print_parts(parts.seen)
    keep(options, {"cells": seen, "parts": parts.seen})


def print_instructions(loads, options, coffer):
    seen = run_rounds(loads, options, coffer, measure=load.Load.count)
    print("| | | server | instructions a request, user | kernel | both / SSE-S3 |\n|---|---|---|---|---|---|")
    for (verb, size, target), counts in sorted(seen.items(), key=lambda item: item[0][:2]):
        base = seen.get((verb, size, "sse-s3"))
        name = "nginx" if target == "nginx" else servers.TARGETS[target][0]
        print(f"| {verb} | {size_name(size)} | {name} | {median(counts, 'user'):.0f} | {median(counts, 'kernel'):.0f} | "
              f"{ratio(counts, base, 'both') if base else ''} |", flush=True)


def kms_loads(coffer):
    client = coffer.client("kms")
    key = client.create_key()["KeyMetadata"]["Arn"]
    context = {"aws:s3:arn": "arn:aws:s3:::bench"}
    blob = base64.b64encode(client.encrypt(KeyId=key, Plaintext=b"k" * 32, EncryptionContext=context)["CiphertextBlob"]).decode()
    bodies = {
        "GenerateDataKey": {"KeyId": key, "KeySpec": "AES_256", "EncryptionContext": context},
        "Encrypt": {"KeyId": key, "Plaintext": base64.b64encode(b"k" * 32).decode(), "EncryptionContext": context},
        "Decrypt": {"CiphertextBlob": blob, "EncryptionContext": context},
        "DescribeKey": {"KeyId": key},
    }
    signer = load.Signer(coffer)
    return {("KMS", name): load.Load(coffer, [signer.kms_request(name, json.dumps(body).encode())]) for name, body in bodies.items()}


def run_kms(options):
    busy = machine.others_busy()
    seen = {}
    with servers.Coffer(options.binary) as coffer:
        for number in range(options.rounds):
            # Signed anew: a header's signature is good for a quarter of an hour.
            for cell, cell_load in kms_loads(coffer).items():
                machine.settle(coffer.pid)
                seen.setdefault(cell, []).append(cell_load.run(options.seconds))
            say(f"round {number + 1} of {options.rounds}")
    print_heading(options, busy)
    print("| operation | CPU µs a request | requests/s | p50 ms | p99 ms |\n|---|---|---|---|---|")
    for (_, name), figures in seen.items():
        print(f"| {name} | {median(figures, 'cpu_us'):.1f} | {median(figures, 'per_second'):.0f} | "
              f"{median(figures, 'p50_us') / 1e3:.2f} | {median(figures, 'p99_us') / 1e3:.2f} |")
    keep(options, {"cells": seen})


def run_parts(options):
    busy = machine.others_busy()
    seconds = "0.3" if options.quick else "1"
    kinds = disk_parts(options) + [("aead", ["--seconds", seconds]),
                                   ("segment-writer", ["--writers", "1,8,32", "--bytes", "65536", "--seconds", seconds])]
    parts = PartRounds(options, kinds)
    for number in range(options.rounds):
        parts(number)
        say(f"round {number + 1} of {options.rounds}")
    print_heading(options, busy)
    print_parts(parts.seen)
    keep(options, {"parts": parts.seen})


def run_profile(options):
    """The first of --verbs, --sizes and --targets."""
    options.verbs, options.sizes, options.targets = options.verbs[:1], options.sizes[:1], options.targets[:1]
    record = Path(tempfile.mkdtemp(prefix="bench-perf-")) / "perf.data"
    with servers.Coffer(options.binary, not options.with_etags) as coffer:
        coffer.make_buckets(options.targets)
        cell = make_loads(coffer, None, options)[options.verbs[0], options.sizes[0], options.targets[0]]
        cell.run(1)
        event = ["-e", "instructions:u", "-c", "5000003"] if options.instructions else ["-F", "1499"]
        perf = subprocess.Popen(["perf", "record", "-q", *event, "--call-graph", "dwarf,16384", "-p", str(coffer.pid), "-o", record],
                                stdout=subprocess.DEVNULL)
        figures = cell.run(options.seconds)
        perf.send_signal(2)
        perf.wait()
    say(f"{options.verbs[0]} {size_name(options.sizes[0])} {options.targets[0]}: {figures['cpu_us']:.1f} µs a request; {record}")
    report = ["perf", "report", "-i", record, "--stdio", "-q", "--no-inline", "--percent-limit", "0.4"]
    for kind in (["--no-children", "-g", "none", "--sort", "dso"], ["--no-children", "-g", "none", "--sort", "symbol"],
                 ["--children", "-g", "none", "--sort", "symbol"]):
        done = subprocess.run(report + kind, capture_output=True, text=True)
        print("\n".join(line[:170].rstrip() for line in done.stdout.splitlines()[:110] if line.strip()), "\n")


def run_rados(options):
    missing = [name for name in ceph_gateways.NEEDED if not shutil.which(name)]
    if missing:
        sys.exit(f"missing: {', '.join(missing)} (script/bootstrap --rados)")
    busy = machine.others_busy()
    with ceph_gateways.Bench(options) as bench:
        loads = bench.make_loads(say)
        seen = run_rounds(loads, options, bench.coffer, measure=bench.measure)
    print_heading(options, busy)
    ceph_gateways.print_cells(seen, size_name, median, ratio)
    keep(options, {"cells": seen})


def keep(options, value):
    if options.json:
        servers.save(options.json, {part: {"/".join(map(str, cell)): figures for cell, figures in cells.items()}
                                    for part, cells in value.items()})


def main():
    options = arguments()
    missing = [name for name in NEEDED if not shutil.which(name)]
    if missing or not options.binary.exists():
        sys.exit(f"missing: {', '.join(missing) or options.binary} (script/bootstrap, script/build release)")
    {"main": run_main, "kms": run_kms, "parts": run_parts, "rados": run_rados, "profile": run_profile}[options.what](options)


if __name__ == "__main__":
    main()
