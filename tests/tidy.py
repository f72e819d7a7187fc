#!/usr/bin/env python3
"""Holds the sources to the house's rules: sizes, banned words, leading comments, and who may include whom."""
import re
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
SOURCES = TOP / "src"
FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 70

# Room -> the rooms whose headers it may include, besides its own. docs/architecture.md has the reasons.
INCLUDES = {
    "base": "",
    "store": "base", "authz": "base", "crypto": "base", "net": "base",
    "seal": "net store crypto base",
    "audit": "seal authz store crypto base",
    "kms": "seal audit authz store crypto base",
    "iam": "seal audit authz store crypto base",
    "s3": "kms seal audit authz store crypto base",
    "protocol": "net base",
    "admin": "s3 kms iam audit seal authz store crypto base",
    "api": "protocol net admin s3 kms iam audit authz crypto base",
    "jobs": "api s3 kms iam audit authz store base",
    "server": "base store authz crypto net seal audit kms iam s3 protocol admin api jobs",
}
# Of crypto/ these take only what computes a hash over bytes that are no secret.
HASHES = {"crypto/digest.h", "crypto/checksum.h", "crypto/sha256.h", "crypto/crc64.h"}
ONLY_HASHES = {"api"}
# Within s3/, only sse/ sees the key service, seals and sealed streams. s3.h hands the rooms' services on without using them.
ONLY_FOR_S3_SSE = re.compile(r"^(kms|seal)/|^crypto/(aead|segment_cipher|key_wrap)\.h$")

BANNED = [
    (re.compile(r"\bsystem_clock::now\b"), "take the time from Clock", {"base"}),
    (re.compile(r"\b(std::rand|std::random_device|std::mt19937|srand)\b"), "take random bytes from Random", {"base"}),
    (re.compile(r"\bRAND_(priv_)?bytes\b"), "take random bytes from Random", {"base", "crypto"}),
    (re.compile(r"\bgetrandom\s*\("), "take random bytes from Random", {"base", "crypto"}),
    (re.compile(r"\b(TODO|FIXME|HACK)\b"), "finish it, or write an issue", set()),
    (re.compile(r"\bstd::atomic<std::shared_ptr\b"), "it races in libstdc++ 12", set()),
]
INCLUDE = re.compile(r'^\s*#\s*include "([^"]+)"')
LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)\'|//.*')
FUNCTION_START = re.compile(r"^( {0,2}| {4})(?!namespace|struct|class|enum|union|if|for|while|switch|do|else|return|extern|static constexpr auto|#|//)\S.*\)[^;]*\{$")


def is_test(path):
    return path.name.endswith(("_test.cc", "_fuzz.cc", "_bench.cc")) or "testing" in path.parts


def check_includes(path, lines):
    room = path.parts[0]
    allowed = set(INCLUDES.get(room, "").split()) | {room}
    for number, line in enumerate(lines, 1):
        found = INCLUDE.match(line)
        if not found or "/" not in found[1]:
            continue
        header, target = found[1], found[1].split("/")[0]
        if target not in INCLUDES:
            continue
        if target not in allowed:
            yield number, f"{room}/ may not include {target}/"
        elif target == "crypto" and room in ONLY_HASHES and header not in HASHES:
            yield number, f"{room}/ may include only hashes of crypto/"
        elif room == "api" and target == "admin" and path.parts[:3] != ("api", "ops", "coffer"):
            yield number, "only api/ops/coffer/ may include admin/"
        elif room == "s3" and len(path.parts) > 2 and path.parts[1] != "sse" and ONLY_FOR_S3_SSE.match(header):
            yield number, f"within s3/ only sse/ may include {header}"


def check_function_sizes(lines):
    start, depth = None, 0
    for number, line in enumerate(lines, 1):
        if start is None and FUNCTION_START.match(line):
            start, depth = number, 0
        if start is None:
            continue
        code = LITERAL.sub("", line)
        depth += code.count("{") - code.count("}")
        if depth <= 0:
            if number - start + 1 > FUNCTION_LINES_MAX:
                yield start, f"a function of {number - start + 1} lines (at most {FUNCTION_LINES_MAX})"
            start = None


def check_words(path, lines):
    for number, line in enumerate(lines, 1):
        for pattern, advice, exempt in BANNED:
            if pattern.search(line) and path.parts[0] not in exempt:
                yield number, f"banned: {pattern.pattern}: {advice}"


def check_header(path, lines):
    if path.suffix != ".h":
        return
    if "#pragma once" not in lines[:4]:
        yield 1, "a header begins with #pragma once"
    if not any(line.startswith("// ") for line in lines[:8]):
        yield 1, "a header says at its top what it is for"


def check_file(path):
    """Yields (line, problem) of one file; `path` is relative to src/."""
    lines = (SOURCES / path).read_text().splitlines()
    if len(lines) > FILE_LINES_MAX:
        yield len(lines), f"a file of {len(lines)} lines (at most {FILE_LINES_MAX})"
    if not is_test(path):
        yield from check_includes(path, lines)
        yield from check_function_sizes(lines)
        yield from check_header(path, lines)
    yield from check_words(path, lines)


def check_operations():
    """Every operation's file is named in its service's operations.def, and the other way round."""
    declared, lists = set(), (SOURCES / "api/ops/operations.def").read_text()
    for path in SOURCES.glob("api/ops/*/operations.def"):
        found = re.findall(r"^OPERATION\((\w+), (\w+)\)", path.read_text(), re.M)
        declared |= {(service, name) for service, name in found if service == path.parent.name}
        if f'"api/ops/{path.parent.name}/operations.def"' not in lists:
            yield f"src/api/ops/operations.def: lacks {path.parent.name}"
    defined = set()
    for path in SOURCES.glob("api/ops/*/*.cc"):
        defined |= set(re.findall(r"^COFFER_OPERATION\((\w+), (\w+)\);", path.read_text(), re.M))
    for service, name in sorted(defined - declared):
        yield f"src/api/ops/{service}/operations.def: lacks OPERATION({service}, {name})"
    for service, name in sorted(declared - defined):
        yield f"src/api/ops/{service}/operations.def: OPERATION({service}, {name}) is defined nowhere"


def main():
    listed = subprocess.run(["git", "ls-files", "src"], cwd=TOP, capture_output=True, text=True, check=True).stdout.split()
    problems, files = [], 0
    for name in listed:
        path = TOP / name
        if path.suffix in (".h", ".cc") and path.exists():
            files += 1
            relative = path.relative_to(SOURCES)
            problems += [f"{name}:{line}: {text}" for line, text in check_file(relative)]
    problems += check_operations()
    print("\n".join(problems) or f"{files} files keep the rules", flush=True)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
