#!/usr/bin/env python3
"""Loads `estoque serve` and the same endpoints in Go, and compares them.

    estoque_http.py [--rounds N] [--seconds S] [--products N] [--servers NAME,NAME] [--rows NAME,NAME] [--out FOLDER]

A database of as many products is imported and a user added by `estoque` itself. Each server of each round is a fresh
process with a fresh copy of that file; the servers take turns, and the loads follow each other: the stock list from
64 connections (wrk), the same at 2,000 requests a second over 1,000 connections (h2load), and four reads to a write
(wrk). Each load warms up first. A load with an answer that is an error, or a write that the database does not have
afterwards, has no figure.

Prints a table and writes FOLDER/estoque-http.json, or estoque-http-partial.json unless it was the usual run. Needs
wrk, h2load and the programs that `make bench-estoque` builds.
"""

import argparse
import contextlib
import http.client
import json
import os
import pathlib
import random
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

import compare

HERE = pathlib.Path(__file__).resolve().parent
ROUNDS, SECONDS, PRODUCTS = 3, 8, 100_000
WARM_UP_S = 2
LOGIN, PASSWORD = "carga", "dez mil por segundo"
CONNECTIONS, RATE = 1000, 2000

# What is measured, with our targets; a load gives its rows' figures by their keys.
ROWS = [
    {"name": "stock list (64 connections)", "unit": "requests/s", "load": "stock", "key": "rate",
     "at_least": {"value": 10_000, "go": 1}},
    {"name": "stock list p99", "unit": "ms", "load": "stock", "key": "p99"},
    {"name": "2000 requests/s over 1000 p99", "unit": "ms", "load": "steady", "key": "p99",
     "at_most": {"value": 50, "go": 1}},
    {"name": "20 % writes (64 connections)", "unit": "requests/s", "load": "mixed", "key": "rate",
     "at_least": {"value": 2000, "go": 1}},
    {"name": "20 % writes p99", "unit": "ms", "load": "mixed", "key": "p99"},
    {"name": "memory at its highest", "unit": "MB", "load": "process", "key": "memory"},
]

# {estoque}, {bench}, {database} and {port} are filled in.
SERVERS = {
    "revoada": {
        "command": [
            "{estoque}", "serve", "--database", "{database}", "--port", "{port}",
            "--set", "server.requestRate=1000000", "--set", "server.requestBurst=1000000",
            "--set", "log.level=error", "--set", "data.folder={database}-files",
        ],
    },
    "go": {"command": ["{bench}/go-estoque-http", "{database}", "{port}"]},
    "go cached": {"command": ["{bench}/go-estoque-http", "-cache", "{database}", "{port}"]},
}


class LoadFailed(Exception):
    """A load that has no figure, and why."""


# MARK: The database


def write_products(path, count):
    """A table of products with a first stock, as a shop would hand it over."""
    chance = random.Random(2026)
    kinds = ["Parafuso sextavado", "Arruela lisa", "Cabo flexível", "Tinta acrílica", "Válvula de esfera", "Luva de PVC"]
    with open(path, "w", encoding="utf-8") as file:
        file.write("código;descrição;unidade;estoque mínimo;quantidade;custo\n")
        for number in range(1, count + 1):
            kind = chance.choice(kinds)
            minimum, stock = chance.choice([0, 0, 5, 20]), chance.randrange(0, 500)
            cost = f"{chance.randrange(50, 90_000) / 100:.2f}".replace(".", ",")
            file.write(f"P{number:06};{kind} nº {chance.randrange(1000)} ref. {number};UN;{minimum};{stock};{cost}\n")


def make_database(estoque, folder, products):
    """Imports the products and adds the user who sends the load; returns the file."""
    table, database = folder / "produtos.csv", folder / "base.db"
    write_products(table, products)
    call([estoque, "import", table, "--database", database])
    call([estoque, "user", "add", LOGIN, "--role", "operator", "--database", database], text=PASSWORD + "\n")
    with contextlib.closing(sqlite3.connect(database)) as connection:
        found = connection.execute("SELECT count(*) FROM product").fetchone()[0]
        if found != products:
            sys.exit(f"estoque_http.py: imported {found} products, not {products}")
        connection.execute("ANALYZE")
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return database


def call(command, text=None):
    done = subprocess.run([str(part) for part in command], input=text, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"estoque_http.py: {' '.join(map(str, command))}: {done.stderr.strip() or done.stdout.strip()}")


def request(port, method, path, body=None, headers=None):
    """One request; returns its status, headers and JSON."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        text = None if body is None else json.dumps(body)
        headers = {**({"Content-Type": "application/json"} if body is not None else {}), **(headers or {})}
        connection.request(method, path, body=text, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
        return answer.status, answer.headers, json.loads(content) if content else None
    finally:
        connection.close()


def sign_in(port):
    """Logs in as the user of the load and makes a token; returns its secret."""
    status, headers, answer = request(port, "POST", "/api/login", {"login": LOGIN, "password": PASSWORD})
    if status != 200:
        raise LoadFailed(f"login: {status} {answer}")
    proof = {"Cookie": headers["Set-Cookie"].partition(";")[0], "X-CSRF-Token": answer["csrf"]}
    status, _, answer = request(port, "POST", "/api/tokens", {"name": "carga"}, proof)
    if status != 201:
        raise LoadFailed(f"token: {status} {answer}")
    return answer["token"]


# MARK: Servers


class Server:
    """A server's process, from its start to its end."""

    def __init__(self, command, environment, port):
        self.port, self.memory = port, None
        self.output = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=self.output, stderr=self.output)

    def wait_until_ready(self):
        end = time.monotonic() + 20
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise LoadFailed(f"the server has ended: {self.words()}")
            try:
                if request(self.port, "GET", "/api/health/live")[0] == 200:
                    return
            except (OSError, http.client.HTTPException, ValueError):
                pass
            time.sleep(0.05)
        raise LoadFailed(f"the server does not answer: {self.words()}")

    def words(self):
        self.output.seek(0)
        lines = self.output.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "no message"

    def stop(self):
        """Ends the process; afterwards `memory` is the most it had, in MB."""
        if self.process.returncode is not None:
            return
        self.process.terminate()
        end = time.monotonic() + 15
        while time.monotonic() < end:
            # wait4, as Popen's wait does not tell the resources.
            ended, status, usage = os.wait4(self.process.pid, os.WNOHANG)
            if ended:
                self.process.returncode = os.waitstatus_to_exitcode(status)
                self.memory = usage.ru_maxrss * 1024 / 1e6
                if self.process.returncode not in (0, 128 + signal.SIGTERM):
                    raise LoadFailed(f"the server ended with {self.process.returncode}: {self.words()}")
                return
            time.sleep(0.02)
        self.process.kill()
        self.process.wait()
        raise LoadFailed("the server did not end")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextlib.contextmanager
def serving(peer, estoque, bench, database):
    """A server that runs on a database."""
    port = free_port()
    names = {"estoque": estoque, "bench": bench, "database": database, "port": port}
    server = Server([part.format(**names) for part in peer["command"]], peer.get("environment", {}), port)
    try:
        server.wait_until_ready()
        yield server
    finally:
        try:
            server.stop()
        finally:
            server.output.close()


# MARK: Loads


def wrk(script, port, seconds, environment):
    """Runs wrk with a script; returns what its `done` says."""
    command = ["wrk", "-t2", "-c64", f"-d{seconds}s", "--timeout", "10s", "-s", str(HERE / "Loads" / script)]
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{port}"], env={**os.environ, **environment}, capture_output=True, text=True)
    for line in reversed(done.stdout.splitlines()):
        with contextlib.suppress(ValueError):
            return json.loads(line)
    raise LoadFailed(f"wrk: {(done.stderr or done.stdout).strip()}")


def judged(result):
    """Figures of a run of wrk: requests a second, and milliseconds."""
    if result["statuses"] or result["sockets"]:
        raise LoadFailed(f"{result['statuses']} answers with an error, {result['sockets']} failed connections")
    return {"rate": result["requests"] / result["microseconds"] * 1e6, "p99": result["p99"] / 1000}


def stock(port, seconds, environment):
    wrk("stock.lua", port, WARM_UP_S, environment)
    return judged(wrk("stock.lua", port, seconds, environment))


def mixed(port, seconds, environment):
    database = environment["ESTOQUE_DATABASE"]
    before = movements(database)
    wrk("stock.lua", port, 1, environment)
    result = wrk("mixed.lua", port, seconds, environment)
    figures = judged(result)
    time.sleep(0.5)  # the last answers, for which wrk does not wait
    written, asked = movements(database) - before, result["requests"] / 5
    # Each of the connections may have had one more on its way when wrk ended.
    if abs(written - asked) > 64 + 2:
        raise LoadFailed(f"{written} movements were written, {asked:.0f} were answered")
    return figures


def movements(database):
    with contextlib.closing(sqlite3.connect(database, timeout=10)) as connection:
        return connection.execute("SELECT count(*) FROM movement").fetchone()[0]


def steady(port, seconds, environment):
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder) / "requests"
        done = subprocess.run(
            ["h2load", "--h1", "-t2", f"-c{CONNECTIONS}", f"--rps={RATE // CONNECTIONS}", f"-D{seconds}",
             f"--warm-up-time={WARM_UP_S}", f"--log-file={log}",
             "-H", f"Authorization: Bearer {environment['ESTOQUE_TOKEN']}",
             f"http://127.0.0.1:{port}/api/stock?limit=50"],
            capture_output=True, text=True)
        if done.returncode != 0 or not log.exists():
            raise LoadFailed(f"h2load: {done.stderr.strip() or done.stdout.strip()}")
        return steady_figures(log.read_text().splitlines(), seconds)


def steady_figures(lines, seconds):
    """Figures of h2load's log: a line a request, of its start, its status and the microseconds that it took."""
    requests = [tuple(map(int, line.split("\t")[:3])) for line in lines]
    failed = [status for _, status, _ in requests if status != 200]
    if failed:
        raise LoadFailed(f"{len(failed)} of {len(requests)} requests failed, the first with {failed[0]}")
    if len(requests) < 0.95 * RATE * seconds:
        raise LoadFailed(f"{len(requests)} requests in {seconds} s instead of {RATE} a second")
    times = [took for _, _, took in requests]
    return {"p50": percentile(times, 50) / 1000, "p99": percentile(times, 99) / 1000}


def percentile(values, percent):
    """The least value that so many of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


LOADS = {"stock": stock, "steady": steady, "mixed": mixed}


# MARK: Measuring


def measure_server(name, peer, loads, setup):
    """Runs the loads on a fresh process; returns ({(load, key): value}, [complaints])."""
    figures, complaints = {}, []
    database = setup["folder"] / "run.db"
    for leftover in setup["folder"].glob("run.db*"):
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
    shutil.copyfile(setup["database"], database)
    environment = {
        "ESTOQUE_TOKEN": setup["token"], "ESTOQUE_PRODUCTS": str(setup["products"]),
        "ESTOQUE_LOADS": str(HERE / "Loads"), "ESTOQUE_DATABASE": str(database),
    }
    try:
        with serving(peer, setup["estoque"], setup["bench"], database) as server:
            for load in loads:
                compare.progress(f"{setup['turn']}: {name}, {load}")
                try:
                    for key, value in LOADS[load](server.port, setup["seconds"], environment).items():
                        figures[load, key] = value
                except LoadFailed as failure:
                    complaints.append(f"{load}, {name}, {setup['turn']}: {failure}")
        figures["process", "memory"] = server.memory
    except LoadFailed as failure:
        complaints.append(f"{name}, {setup['turn']}: {failure}")
    return figures, complaints


def measure(rows, servers, rounds, setup):
    """Returns ({row: {server: [values]}}, [complaints])."""
    values = {row["name"]: {name: [] for name in servers} for row in rows}
    loads = [load for load in LOADS if any(row["load"] == load for row in rows)]
    complaints, order = [], list(servers)
    for turn in range(rounds):
        shift = turn % len(order)
        for name in order[shift:] + order[:shift]:
            setup["turn"] = f"round {turn + 1}/{rounds}"
            figures, failures = measure_server(name, servers[name], loads, setup)
            complaints += failures
            for row in rows:
                value = figures.get((row["load"], row["key"]))
                if value is not None:
                    values[row["name"]][name].append(value)
    compare.progress("")
    return values, complaints


def main():
    parser = argparse.ArgumentParser(description="Load estoque's server and the same in Go.")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"default {ROUNDS}")
    parser.add_argument("--seconds", type=int, default=SECONDS, help=f"of each load, default {SECONDS}")
    parser.add_argument("--products", type=int, default=PRODUCTS, help=f"default {PRODUCTS}")
    parser.add_argument("--servers", default=",".join(SERVERS), help="only these, separated by commas")
    parser.add_argument("--rows", default="", help="only these rows, separated by commas")
    parser.add_argument("--estoque", default=str(HERE.parent / ".build" / "release" / "estoque"))
    parser.add_argument("--out", type=pathlib.Path, default=HERE.parent / ".build" / "bench")
    options = parser.parse_args()
    if min(options.rounds, options.seconds, options.products) < 1:
        parser.error("numbers must be at least 1")
    unknown = [name for name in options.servers.split(",") if name not in SERVERS]
    if unknown:
        parser.error(f"no server {unknown[0]!r}; there are: {', '.join(SERVERS)}")
    # A thousand connections, and their other ends in processes that inherit this.
    least = CONNECTIONS + 200
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < least:
        resource.setrlimit(resource.RLIMIT_NOFILE, (least if hard == resource.RLIM_INFINITY else min(least, hard), hard))

    bench = options.out.resolve()
    servers = {name: SERVERS[name] for name in options.servers.split(",")}
    rows = compare.chosen(ROWS, options.rows)
    if options.products < PRODUCTS:
        rows = [{key: value for key, value in row.items() if key not in ("at_least", "at_most")} for row in rows]
    facts = compare.machine(
        {"swift": ["swift", "--version"], "go": ["{bench}/go/go/bin/go", "version"],
         "go modules": ["cat", "{bench}/go-estoque-http.version"]}, options.rounds, bench)
    facts["seconds"], facts["products"] = options.seconds, options.products
    with tempfile.TemporaryDirectory(prefix="estoque-http-") as folder:
        folder = pathlib.Path(folder)
        setup = {
            "folder": folder, "estoque": options.estoque, "bench": bench, "seconds": options.seconds,
            "products": options.products, "database": make_database(options.estoque, folder, options.products),
        }
        with serving(SERVERS["revoada"], options.estoque, bench, setup["database"]) as server:
            setup["token"] = sign_in(server.port)
        values, complaints = measure(rows, servers, options.rounds, setup)

    names = list(dict.fromkeys([compare.US, *servers]))
    summaries = [compare.summarise(row, row["unit"], values[row["name"]], names) for row in rows]
    usual = (rows, list(servers), options.products) == (ROWS, list(SERVERS), PRODUCTS)
    usual = usual and options.rounds >= ROUNDS and options.seconds >= SECONDS
    target = bench / f"estoque-http{'' if usual else '-partial'}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps({"rows": summaries, "machine": facts}, indent=2, ensure_ascii=False) + "\n")
    for line in compare.table(summaries, names):
        print(line)
    print(f"\nMedian of {options.rounds} round(s); {facts['cpu']}, {facts['cores']} cores; written to {target}")
    for complaint in complaints:
        print(f"failed: {complaint}", file=sys.stderr)
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
