#!/usr/bin/env python3
"""Runs one set of benchmark rows for us and for our peers, and compares them.

    compare.py SET [--rows NAME,NAME] [--rounds N] [--out FOLDER]

A set is a file Sets/SET.json. It names the peers (a command each), the rows (which peers have them,
and the target we set ourselves), and the commands that tell versions. Each row of each peer runs in
a process of its own, which prints one JSON line {"name", "unit", "value"}. A command is called as
`COMMAND ROW N`, where N is the row's amount of work for that peer; a command that mentions {script}
gets the row's script in its place instead. Peers take turns within a round and the turn order rotates from round to
round, so that a machine which slows down slows everybody down. The figure is the median of the
rounds.

Prints a table and writes FOLDER/SET.json; a run of a few rows or of fewer than seven rounds goes to
FOLDER/SET-partial.json instead. Needs nothing beyond the standard library.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
FULL_ROUNDS = 7
PROCESS_LIMIT_S = 300
US = "revoada"


class RowFailed(Exception):
    """A process that ended badly, ran for too long, or did not print its figure."""


def command_of(peer, row, n, folder):
    """The command line that runs one row of one peer."""
    command = [filled(part, folder, script=row.get("script")) for part in peer["command"]]
    if any("{script}" in part for part in peer["command"]):
        return command
    return [*command, row["name"], str(n)]


def filled(part, folder, script=None):
    """A part of a command with {bench}, {here}, {root} and {script} replaced."""
    return part.format(bench=folder, here=HERE, root=HERE.parent, script=script)


def run_row(command, environment):
    """Runs one row of one peer in a fresh process and returns (value, unit)."""
    try:
        done = subprocess.run(
            command,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=PROCESS_LIMIT_S,
        )
    except subprocess.TimeoutExpired:
        raise RowFailed(f"still running after {PROCESS_LIMIT_S} s") from None
    except OSError as error:
        raise RowFailed(f"{command[0]}: {error.strerror}") from None
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        raise RowFailed(f"exit code {done.returncode}: {last[0]}")
    for line in reversed(done.stdout.splitlines()):
        try:
            figure = json.loads(line)
            return float(figure["value"]), str(figure["unit"])
        except (ValueError, KeyError, TypeError):
            continue
    raise RowFailed("printed no figure")


def measure(rows, peers, rounds, folder):
    """Returns ({row: {peer: [values]}}, {row: unit}, [complaints])."""
    values = {row["name"]: {peer: [] for peer in row["peers"]} for row in rows}
    units, complaints = {}, []
    for turn in range(rounds):
        order = list(peers)
        shift = turn % len(order)
        for index, row in enumerate(rows):
            for peer in order[shift:] + order[:shift]:
                if peer not in row["peers"]:
                    continue
                progress(f"round {turn + 1}/{rounds}, row {index + 1}/{len(rows)}: {row['name']}, {peer}")
                command = command_of(peers[peer], row, row["peers"][peer], folder)
                try:
                    value, unit = run_row(command, peers[peer].get("environment", {}))
                except RowFailed as failure:
                    complaints.append(f"{row['name']}, {peer}, round {turn + 1}: {failure}")
                    continue
                values[row["name"]][peer].append(value)
                units[row["name"]] = unit
    progress("")
    return values, units, complaints


def summarise(row, unit, values, peers):
    """The JSON object of one row; `go` and `stock` are there in every set, null without such a peer."""
    medians = {peer: statistics.median(values[peer]) if values.get(peer) else None for peer in peers}
    summary = {"name": row["name"], "unit": unit}
    summary.update({peer: rounded(medians.get(peer)) for peer in [US, "go", "stock", *peers]})
    for peer in peers:
        if peer != US:
            summary[f"ratio_{peer}"] = rounded(ratio(medians[US], medians[peer]))
    summary["range"] = {
        peer: [rounded(min(values[peer])), rounded(max(values[peer]))] for peer in peers if values.get(peer)
    }
    summary["targets"], summary["met"] = judge(row, medians)
    return summary


# How a row states its targets, each a map from a peer's name to a factor of that peer's figure, or
# from "value" to a figure: (key, whether ours meets a limit, target in words, for a value).
BOUNDS = [
    ("at_most", lambda ours, limit: ours <= limit, "≤ {limit:g} × {peer}", "≤ {limit:g}"),
    ("at_least", lambda ours, limit: ours >= limit, "≥ {limit:g} × {peer}", "≥ {limit:g}"),
    ("below_by", lambda ours, limit: ours <= 1 / limit, "≤ {peer} ÷ {limit:g}", None),
]


def judge(row, medians):
    """A row's targets in words, and whether our median meets them all (None: cannot say)."""
    words, verdicts = [], []
    for key, meets, of_peer, of_value in BOUNDS:
        for what, limit in row.get(key, {}).items():
            words.append((of_value if what == "value" else of_peer).format(limit=limit, peer=what))
            ours = medians[US] if what == "value" else ratio(medians[US], medians.get(what))
            verdicts.append(None if ours is None else meets(ours, limit))
    if not verdicts or None in verdicts:
        return ", ".join(words), None
    return ", ".join(words), all(verdicts)


def ratio(ours, theirs):
    return ours / theirs if ours is not None and theirs else None


def rounded(value):
    """Four significant digits: what these figures can bear."""
    return None if value is None else float(f"{value:.4g}")


def machine(versions, rounds, folder):
    """Where, with what and when this was measured."""
    facts = {
        "cpu": cpu_name(),
        "cores": os.cpu_count(),
        "kernel": f"{platform.system()} {platform.release()}",
        "architecture": platform.machine(),
        "load_before": round(os.getloadavg()[0], 2),
    }
    for tool, command in versions.items():
        facts[tool] = first_line([filled(part, folder) for part in command])
    commit = first_line(["git", "-C", str(HERE), "rev-parse", "--short=12", "HEAD"])
    changed = first_line(["git", "-C", str(HERE), "status", "--porcelain", "--untracked-files=no"])
    facts["commit"] = commit + (" with local changes" if commit and changed else "") if commit else None
    facts["date"] = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    facts["rounds"] = rounds
    return facts


def cpu_name():
    try:
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.lower().startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        return first_line(["sysctl", "-n", "machdep.cpu.brand_string"])
    return platform.processor() or None


def first_line(command):
    """What a command says first on its standard output; None if it cannot be run or says nothing."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = done.stdout.strip().splitlines()
    return lines[0] if done.returncode == 0 and lines else None


def table(rows, peers):
    """The rows as lines of aligned text."""
    others = [peer for peer in peers if peer != US]
    head = ["row", "unit", *peers, *(f"÷ {peer}" for peer in others), "target", ""]
    verdict = {True: "met", False: "MISSED", None: ""}
    body = [
        [
            row["name"],
            row["unit"] or "",
            *(shown(row[peer]) for peer in peers),
            *(shown(row[f"ratio_{peer}"]) for peer in others),
            row["targets"],
            verdict[row["met"]],
        ]
        for row in rows
    ]
    widths = [max(len(line[column]) for line in [head, *body]) for column in range(len(head))]
    figures = range(2, 2 + len(peers) + len(others))
    for line in [head, *body]:
        cells = [
            cell.rjust(width) if column in figures else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths))
        ]
        yield "  ".join(cells).rstrip()


def shown(value):
    if value is None:
        return "–"
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def progress(text):
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def read_plan(path):
    """A set as it is in its file, with every row's `peers` made a map from peer to amount of work.

    A row of scripts may give a list, or nothing for all peers: scripts know their own amount.
    """
    plan = json.loads(path.read_text())
    for row in plan["rows"]:
        peers = row.get("peers", list(plan["peers"]))
        row["peers"] = peers if isinstance(peers, dict) else dict.fromkeys(peers)
    return plan


def chosen(rows, names):
    """The rows to run, or an exit with a message that names an unknown one."""
    if not names:
        return rows
    wanted = [name.strip() for name in names.split(",")]
    known = {row["name"]: row for row in rows}
    for name in wanted:
        if name not in known:
            sys.exit(f"compare.py: no row {name!r}; there are: {', '.join(known)}")
    return [known[name] for name in wanted]


def main():
    parser = argparse.ArgumentParser(description="Compare benchmark rows with their peers.")
    parser.add_argument("set", help="the name of a file in Sets/, without .json")
    parser.add_argument("--rows", default="", help="only these rows, separated by commas")
    parser.add_argument("--rounds", type=int, default=FULL_ROUNDS, help=f"default {FULL_ROUNDS}")
    parser.add_argument("--out", type=pathlib.Path, default=HERE.parent / ".build" / "bench")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    path = HERE / "Sets" / f"{options.set}.json"
    if not path.exists():
        sets = sorted(other.stem for other in path.parent.glob("*.json"))
        parser.error(f"no set {options.set!r}; there are: {', '.join(sets)}")
    plan = read_plan(path)
    rows, peers, folder = chosen(plan["rows"], options.rows), plan["peers"], options.out.resolve()

    facts = machine(plan.get("versions", {}), options.rounds, folder)
    values, units, complaints = measure(rows, peers, options.rounds, folder)
    summaries = [summarise(row, units.get(row["name"]), values[row["name"]], peers) for row in rows]

    complete = rows == plan["rows"] and options.rounds >= FULL_ROUNDS
    target = folder / f"{options.set}{'' if complete else '-partial'}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps({"rows": summaries, "machine": facts}, indent=2, ensure_ascii=False) + "\n")
    for line in table(summaries, list(peers)):
        print(line)
    print(f"\nMedian of {options.rounds} round(s); {facts['cpu']}, {facts['cores']} cores; written to {target}")
    for complaint in complaints:
        print(f"failed: {complaint}", file=sys.stderr)
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
