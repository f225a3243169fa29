#!/usr/bin/env python3
"""Kills a program that takes nonces, at random moments, and looks at the nonces that arrived.

Each round starts the driver on the same state directory and kills it (SIGKILL) at a random moment of
its run. A nonce that repeats or steps back, within a round or over all of them, ends with exit code 1.
"""

import argparse
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time


def read(file: pathlib.Path) -> list[tuple[str, int]]:
    """The nonces in the order in which they arrived: (key, value)."""
    arrived = []
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else []:
        key, value = line.split(" ", 1)
        if key == "error":
            raise SystemExit(f"nonce_kill: the driver got an error: {value}")
        arrived.append((key, int(value)))
    return arrived


def faults_in(arrived: list[tuple[str, int]]) -> list[str]:
    faults = []
    last: dict[str, int] = {}
    for key, value in arrived:
        if value <= last.get(key, -1):
            what = "repeats" if value == last[key] else f"steps back from {last[key]}"
            faults.append(f"key {key}: {value} {what}")
        last[key] = max(value, last.get(key, -1))
    return faults


def run_of(command: list[str]) -> float:
    started = time.monotonic()
    subprocess.run(command, check=True, timeout=60)
    return time.monotonic() - started


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("driver", help="tests/soak/nonce_kill_driver")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--logins", type=int, default=1000, help="nonces a round")
    parser.add_argument("--keys", type=int, default=10)
    parser.add_argument(
        "--seed", type=int, default=os.environ.get("SB_SEED", random.randrange(2**32)), help="SB_SEED; unset: any"
    )
    arguments = parser.parse_args()
    print(f"nonce_kill: SB_SEED={arguments.seed}", flush=True)
    rng = random.Random(arguments.seed)

    with tempfile.TemporaryDirectory(prefix="sb-nonce-kill-") as name:
        state = pathlib.Path(name) / "state"
        file = pathlib.Path(name) / "arrived"
        command = [arguments.driver, str(state), str(file), str(arguments.keys), str(arguments.logins)]
        # One round to its end tells how long a round is.
        length = run_of(command)
        killed = 0
        while killed < arguments.kills:
            with subprocess.Popen(command) as process:
                try:
                    if process.wait(timeout=rng.uniform(0, length)) != 0:
                        raise SystemExit("nonce_kill: the driver failed")
                except subprocess.TimeoutExpired:
                    process.kill()
                    killed += 1
        run_of(command)
        arrived = read(file)
        faults = faults_in(arrived)
        highest: dict[str, int] = {}
        for key, value in arrived:
            highest[key] = max(value, highest.get(key, 0))
        # Key 0 counts from 1: what it has skipped is what the kills have cost.
        used = sum(1 for key, _ in arrived if key == "0")
        print(
            f"nonce_kill: {killed} kills, {len(arrived)} nonces of {len(highest)} keys arrived, "
            f"{len(faults)} repeats or steps back; key 0 skipped {highest['0'] - used} "
            f"(seed {arguments.seed})"
        )
        for fault in faults[:20]:
            print(fault, file=sys.stderr)
        return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
