#!/usr/bin/env python3
"""Counts what the wait registry costs: instructions per operation of core rows, by callgrind.

usage: instructions.py PROGRAM [--rows "ping-pong,unbuffered spsc"] [--against OLDER_PROGRAM]

Each row runs with n and with 3n operations; the difference leaves out what the process does once. With the registry on,
the row runs with REVOADA_WATCH=1 in its environment, which CoreRows knows.
"""

import argparse
import os
import re
import subprocess
import sys

ROWS = {
    "ping-pong": 4_000,
    "unbuffered spsc": 4_000,
    "buffered-100 spsc": 20_000,
    "select-2": 4_000,
    "mutex-8": 20_000,
    "spawn+join": 3_000,
}
LIMIT = 5.0  # per cent


def instructions(program, row, count, watching):
    environment = dict(os.environ)
    environment.pop("REVOADA_WATCH", None)
    if watching:
        environment["REVOADA_WATCH"] = "1"
    result = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", program, row, str(count)],
        capture_output=True, text=True, env=environment, timeout=600)
    found = re.search(r"Collected : (\d+)", result.stderr)
    if result.returncode != 0 or not found:
        sys.exit(f"{row} failed under valgrind:\n{result.stdout}{result.stderr}")
    return int(found.group(1))


def per_operation(program, row, watching, rounds):
    """The least of some rounds: what is more is threads that look for work."""
    count = ROWS[row]
    found = []
    for _ in range(rounds):
        few = instructions(program, row, count, watching)
        many = instructions(program, row, 3 * count, watching)
        found.append((many - few) / (2 * count))
    return min(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--rows", default=",".join(ROWS))
    parser.add_argument("--against", help="the same program, built from an earlier commit")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    head = f"{'row':<20} {'off':>9} {'on':>9} {'on/off':>8}"
    print(head + (f" {'before':>9} {'off/before':>11}" if options.against else ""))
    for row in options.rows.split(","):
        off = per_operation(options.program, row, False, options.rounds)
        on = per_operation(options.program, row, True, options.rounds)
        change = 100 * (on / off - 1)
        line = f"{row:<20} {off:>9.1f} {on:>9.1f} {change:>+7.1f}%"
        if options.against:
            before = per_operation(options.against, row, False, options.rounds)
            line += f" {before:>9.1f} {100 * (off / before - 1):>+10.1f}%"
        print(line + (f"  more than {LIMIT:.0f} %" if change > LIMIT else ""), flush=True)


if __name__ == "__main__":
    main()
