#!/usr/bin/env python3
"""Measures how long `estoque import` takes for a table of sales, and how much memory.

    estoque_import.py [--rounds N] [--file FILE] [--rows NAME,NAME] [--estoque PROGRAM] [--out FOLDER]

FILE is the table of 220,000 sales among the data of this project; without it one of as many lines is generated, and
the figures say so. Each round is a fresh process and an empty database: a file of SQLite, and a PostgreSQL server as
Debian installs it, with a cluster of its own on a Unix socket that is started for the run. The time is that of the
whole command: it starts, makes the tables, reads, checks, posts every movement, and ends.

Prints a table and writes FOLDER/estoque-import.json, or estoque-import-partial.json unless all rows were measured on
the data. The rows have no peer.
"""

import argparse
import contextlib
import json
import os
import pathlib
import pwd
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

import compare

HERE = pathlib.Path(__file__).resolve().parent
ROUNDS = 3
LINES = 220_000
DATA = pathlib.Path(os.environ.get("ESTOQUE_DATA", HERE.parent.parent / "shared" / "data"))
SALES = DATA / "csv" / "uci_online_retail_by-day_concat.csv"

ROWS = [
    {"name": "sales into SQLite", "unit": "s", "database": "sqlite", "key": "seconds", "at_most": {"value": 2}},
    {"name": "memory with SQLite", "unit": "MB", "database": "sqlite", "key": "memory", "at_most": {"value": 150}},
    {"name": "sales into PostgreSQL", "unit": "s", "database": "postgres", "key": "seconds",
     "at_most": {"value": 3}},
    {"name": "memory with PostgreSQL", "unit": "MB", "database": "postgres", "key": "memory", "at_most": {"value": 150}},
]


class ImportFailed(Exception):
    """An import that has no figure, and why."""


def write_sales(path, lines):
    """A table with the columns and about the size of the data's."""
    chance = random.Random(2026)
    with open(path, "w", encoding="utf-8") as file:
        file.write("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n")
        for number in range(lines):
            code = chance.randrange(4000)
            file.write(
                f"{536365 + number // 20},{20000 + code},WHITE HANGING HEART T-LIGHT HOLDER {code},"
                f"{chance.randrange(1, 48)},2010-12-{1 + number * 28 // lines:02} 08:26:00,"
                f"{chance.randrange(20, 900) / 100},{chance.randrange(12346, 18288)}.0,United Kingdom\n")


def measured(command):
    """Runs a command; returns its seconds, its highest memory in MB, and what it says."""
    with tempfile.TemporaryFile() as output:
        start = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        # wait4, as Popen's wait does not tell the resources.
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        words = output.read().decode(errors="replace").strip()
    if process.returncode != 0:
        raise ImportFailed(f"exit code {process.returncode}: {(words.splitlines() or ['no message'])[-1]}")
    return seconds, usage.ru_maxrss * 1024 / 1e6, words


def imported(words):
    """How many lines the command says it has imported, and how many have failed."""
    found = re.search(r": (\d+) imported, (\d+) failed", words)
    if not found:
        raise ImportFailed(f"it does not say what it imported: {words}")
    return int(found[1]), int(found[2])


def run(estoque, sales, lines, database):
    """One import into an empty database; returns its figures."""
    seconds, memory, words = measured([
        str(estoque), "import", str(sales), "--kind", "movements", "--direction", "sales",
        "--set", "stock.negative=allowed", "--database", database])
    done, failed = imported(words)
    if done + failed != lines or done < 0.98 * lines:
        raise ImportFailed(f"{lines} lines, {done} imported, {failed} failed")
    return {"seconds": seconds, "memory": memory}


class Postgres:
    """A server of its own, in a folder of its own."""

    def __init__(self, folder):
        versions = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
        if not versions:
            raise ImportFailed("no PostgreSQL server (Debian: apt install postgresql)")
        self.bin, self.folder, self.databases = versions[-1], folder, 0
        # It refuses to be run by root.
        self.prefix = []
        if os.getuid() == 0:
            os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
            self.prefix = ["runuser", "-u", "postgres", "--"]
        self.call("initdb", "-D", f"{folder}/data", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C")
        options = f"-k {folder} -c listen_addresses="
        self.call("pg_ctl", "-D", f"{folder}/data", "-w", "-s", "-l", f"{folder}/log", "-o", options, "start")

    def call(self, program, *arguments):
        done = subprocess.run(
            [*self.prefix, str(self.bin / program), *arguments], capture_output=True, text=True, cwd="/")
        if done.returncode != 0:
            raise ImportFailed(f"{program}: {done.stderr.strip()}")

    def database(self):
        """An empty one."""
        self.databases += 1
        name = f"run{self.databases}"
        self.call("createdb", "-h", str(self.folder), "-U", "postgres", name)
        return f"postgres:///{name}?host={self.folder}&user=postgres"

    def stop(self):
        self.call("pg_ctl", "-D", f"{self.folder}/data", "-w", "-s", "-m", "immediate", "stop")


@contextlib.contextmanager
def databases(folder):
    """Gives empty databases of either kind."""
    server = None
    files = 0

    def empty(kind):
        nonlocal server, files
        if kind == "sqlite":
            files += 1
            for old in folder.glob("run*.db*"):
                old.unlink()
            return str(folder / f"run{files}.db")
        if server is None:
            place = folder / "postgres"
            place.mkdir()
            server = Postgres(place)
        return server.database()

    try:
        yield empty
    finally:
        if server is not None:
            server.stop()


def count_lines(path):
    """The records of a table but its titles; the data has none that is longer than a line."""
    with open(path, "rb") as file:
        return sum(1 for line in file if line.strip()) - 1


def measure(rows, rounds, estoque, sales, folder):
    """Returns ({row: {us: [values]}}, [complaints])."""
    values = {row["name"]: {compare.US: []} for row in rows}
    kinds = list(dict.fromkeys(row["database"] for row in rows))
    complaints, lines = [], count_lines(sales)
    with databases(folder) as empty:
        for turn in range(rounds):
            for kind in kinds:
                compare.progress(f"round {turn + 1}/{rounds}: {kind}")
                try:
                    figures = run(estoque, sales, lines, empty(kind))
                except ImportFailed as failure:
                    complaints.append(f"{kind}, round {turn + 1}: {failure}")
                    continue
                for row in rows:
                    if row["database"] == kind:
                        values[row["name"]][compare.US].append(figures[row["key"]])
    compare.progress("")
    return values, complaints


def main():
    parser = argparse.ArgumentParser(description="Measure imports of a table of sales.")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"default {ROUNDS}")
    parser.add_argument("--file", type=pathlib.Path, default=SALES)
    parser.add_argument("--rows", default="", help="only these rows, separated by commas")
    parser.add_argument("--estoque", default=str(HERE.parent / ".build" / "release" / "estoque"))
    parser.add_argument("--out", type=pathlib.Path, default=HERE.parent / ".build" / "bench")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    rows = compare.chosen(ROWS, options.rows)
    facts = compare.machine({"swift": ["swift", "--version"], "postgres": ["psql", "--version"]}, options.rounds, HERE)
    with tempfile.TemporaryDirectory(prefix="estoque-import-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o711)  # the server's user has to get through
        facts["table"] = options.file.name if options.file.exists() else f"generated, {LINES} lines"
        sales = options.file
        if not sales.exists():
            sales = folder / "sales.csv"
            write_sales(sales, LINES)
        else:
            # Not through a file system that may be slower for one of the sides, and in the page cache.
            sales = pathlib.Path(shutil.copy(sales, folder))
        if count_lines(sales) < 0.99 * LINES:
            rows = [{**row, "name": f"fewer {row['name']}", "at_most": {}} for row in rows]
        values, complaints = measure(rows, options.rounds, options.estoque, sales, folder)
    summaries = [compare.summarise(row, row["unit"], values[row["name"]], [compare.US]) for row in rows]
    usual = rows == ROWS and options.rounds >= ROUNDS and options.file == SALES and options.file.exists()
    target = options.out.resolve() / f"estoque-import{'' if usual else '-partial'}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps({"rows": summaries, "machine": facts}, indent=2, ensure_ascii=False) + "\n")
    for line in compare.table(summaries, [compare.US]):
        print(line)
    print(
        f"\nMedian of {options.rounds} round(s), {facts['table']}; {facts['cpu']}, {facts['cores']} cores; "
        f"written to {target}")
    for complaint in complaints:
        print(f"failed: {complaint}", file=sys.stderr)
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
