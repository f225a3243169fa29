#!/usr/bin/env python3
"""Fails where an #include in service/ or client/ breaks the table of layers, or where foo.cc does not include foo.h first.

The table is the one in ARCHITECTURE.md: for each folder of service/, the folders it may include and
the third-party headers that are its alone.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Folder → folders of service/ that it may include, besides itself.
MAY_INCLUDE = {
    "base": set(),
    "secrets": {"base"},
    "crypto": {"base", "secrets"},
    "telemetry": {"base"},
    "config": {"base"},
    "storage": {"base"},
    "nonces": {"base", "storage"},
    "http": {"base"},
    "login": {"base", "config", "crypto", "http", "secrets"},
    "calls": {"base", "crypto", "http", "login", "secrets", "sessions", "telemetry"},
    "sessions": {"base", "crypto", "login", "secrets", "storage", "telemetry"},
    "access": {"base", "calls", "crypto", "nonces", "sessions", "telemetry"},
    "rpc": {"access", "base", "calls", "login", "nonces", "secrets", "sessions", "telemetry"},
    "app": None,  # The composition root sees everything.
}

# What client/ may include of service/: nothing, but for the folder with the tools of those who write
# definitions, which do what the broker does.
CLIENT_MAY_INCLUDE = {"client/brokerctl/provider": {"app/account_builder.h", "base", "config", "crypto", "http", "login", "secrets"}}

# Header prefix → folders of service/ that alone may include it.
BELONGS_TO = {
    "curl/": {"http"},
    "grpc": {"rpc", "app"},
    "sessionbroker/v1/": {"rpc"},
    "sessionbroker/admin/": {"rpc"},
    "sessionbroker/state/": {"nonces", "sessions"},
    "google/rpc/": {"rpc"},
    "sessionbroker/definition/": {"login"},
    "sessionbroker/config/": {"config"},
    "yaml-cpp/": {"config"},
    "sqlite3.h": {"storage"},
    "httplib.h": {"app"},
    "prometheus/": {"telemetry"},
    "spdlog/": {"telemetry"},
    "CLI/": {"app"},
}

INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.MULTILINE)


def problems_of(path: pathlib.Path) -> list[str]:
    relative = path.relative_to(ROOT)
    folder = relative.parts[1]
    if folder not in MAY_INCLUDE:
        return [f"{relative}: service/{folder} is not in the table of layers"]
    found = []
    for header in INCLUDE.findall(path.read_text(encoding="utf-8")):
        if header.startswith(("tests/", "client/")):
            found.append(f"{relative}: service/ must not include {header}")
        if header.startswith("service/"):
            target = header.split("/")[1]
            allowed = MAY_INCLUDE[folder]
            if target != folder and allowed is not None and target not in allowed:
                found.append(f"{relative}: {folder} must not include {header}")
        for prefix, owners in BELONGS_TO.items():
            if header.startswith(prefix) and folder not in owners:
                found.append(f"{relative}: only {', '.join(sorted(owners))} may include {header}")
    return found


def client_problems_of(path: pathlib.Path) -> list[str]:
    relative = path.relative_to(ROOT)
    allowed = CLIENT_MAY_INCLUDE.get(relative.parent.as_posix(), set())
    return [
        f"{relative}: must not include {header}"
        for header in INCLUDE.findall(path.read_text(encoding="utf-8"))
        if header.startswith("service/")
        and not {header.removeprefix("service/"), header.split("/")[1]} & allowed
    ]


def simulator_problems_of(path: pathlib.Path) -> list[str]:
    relative = path.relative_to(ROOT)
    return [
        f"{relative}: the simulator must share nothing with what it tests: {header}"
        for header in INCLUDE.findall(path.read_text(encoding="utf-8"))
        if header.startswith("service/")
    ]


def own_header_problems_of(path: pathlib.Path) -> list[str]:
    """foo.cc includes foo.h first: that is what proves that foo.h compiles on its own."""
    header = path.with_suffix(".h")
    if not header.exists():
        return []
    own = str(header.relative_to(ROOT))
    first = next(iter(INCLUDE.findall(path.read_text(encoding="utf-8"))), "nothing")
    return [] if first == own else [f"{path.relative_to(ROOT)}: must include {own} first, not {first}"]


def main() -> int:
    problems = []
    for folder in ("service", "client", "tests"):
        for path in sorted(ROOT.glob(f"{folder}/**/*.cc")):
            problems += own_header_problems_of(path)
    sources = sorted([*ROOT.glob("service/**/*.h"), *ROOT.glob("service/**/*.cc")])
    for path in sources:
        problems += problems_of(path)
    for path in sorted([*ROOT.glob("client/**/*.h"), *ROOT.glob("client/**/*.cc")]):
        problems += client_problems_of(path)
    simulator = sorted([*ROOT.glob("tests/simulator/*.h"), *ROOT.glob("tests/simulator/*.cc")])
    for path in simulator:
        problems += simulator_problems_of(path)
    for problem in problems:
        print(problem, file=sys.stderr)
    if not sources:
        print("no source found: is the script where it belongs?", file=sys.stderr)
        return 1
    print(f"{len(sources)} files of service/ and {len(simulator)} of the simulator keep the layers")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
