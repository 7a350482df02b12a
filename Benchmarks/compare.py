#!/usr/bin/env python3
"""Runs one set of benchmark rows for us and for our peers, and compares them.

    compare.py SET [--rows NAME,NAME] [--rounds N] [--out FOLDER]

A set is a file Sets/SET.json. It names the peers (a command each), the rows (how much work each
peer does per process, and the target we set ourselves), and the commands that tell versions. Each
row of each peer runs in a process of its own, called as `COMMAND ROW N`, which prints one JSON line
{"name", "unit", "value"}. Peers take turns within a round and the turn order rotates from round to
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


def run_row(peer, name, n, folder):
    """Runs one row of one peer in a fresh process and returns (value, unit)."""
    command = [part.format(bench=folder, row=name, sets=HERE) for part in peer["command"]]
    if not any("{row}" in part for part in peer["command"]):
        command += [name, str(n)]
    try:
        done = subprocess.run(
            command,
            env={**os.environ, **peer.get("environment", {})},
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
    values = {row["name"]: {peer: [] for peer in row["n"]} for row in rows}
    units, complaints = {}, []
    for turn in range(rounds):
        order = list(peers)
        shift = turn % len(order)
        for index, row in enumerate(rows):
            for peer in order[shift:] + order[:shift]:
                if peer not in row["n"]:
                    continue
                progress(f"round {turn + 1}/{rounds}, row {index + 1}/{len(rows)}: {row['name']}, {peer}")
                try:
                    value, unit = run_row(peers[peer], row["name"], row["n"][peer], folder)
                except RowFailed as failure:
                    complaints.append(f"{row['name']}, {peer}, round {turn + 1}: {failure}")
                    continue
                values[row["name"]][peer].append(value)
                units[row["name"]] = unit
    progress("")
    return values, units, complaints


def summarise(row, unit, values, peers):
    """The JSON object of one row."""
    medians = {peer: statistics.median(values[peer]) if values.get(peer) else None for peer in peers}
    summary = {"name": row["name"], "unit": unit}
    summary.update({peer: rounded(medians[peer]) for peer in peers})
    for peer in peers:
        if peer != US:
            summary[f"ratio_{peer}"] = rounded(ratio(medians[US], medians[peer]))
    summary["range"] = {
        peer: [rounded(min(values[peer])), rounded(max(values[peer]))] for peer in peers if values.get(peer)
    }
    summary["targets"], summary["met"] = judge(row, medians)
    return summary


def judge(row, medians):
    """Our targets for a row in words, and whether our median meets them all (None: cannot say).

    `at_most` and `at_least` map a peer's name to a factor of its figure, and `value` to a figure.
    """
    words, verdicts = [], []
    for bound, holds, sign in (("at_most", float.__le__, "≤"), ("at_least", float.__ge__, "≥")):
        for what, limit in row.get(bound, {}).items():
            words.append(f"{sign} {limit:g}" + ("" if what == "value" else f" × {what}"))
            reached = medians[US] if what == "value" else ratio(medians[US], medians.get(what))
            verdicts.append(None if reached is None else holds(float(reached), float(limit)))
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
        facts[tool] = first_line([part.format(bench=folder) for part in command])
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
        parser.error(f"no set {options.set!r}; there are: {', '.join(sorted(p.stem for p in path.parent.glob('*.json')))}")
    plan = json.loads(path.read_text())
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
    print(f"\nMedian of {options.rounds} round(s), lower is better unless a target says ≥. {facts['cpu']}, {facts['cores']} cores. {target}")
    for complaint in complaints:
        print(f"failed: {complaint}", file=sys.stderr)
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
