"""Tests of what estoque_http.py and estoque_import.py make of what they are told."""

import http.server
import json
import pathlib
import sys
import tempfile
import threading
import unittest

import compare
import estoque_http
import estoque_import


class Percentiles(unittest.TestCase):
    def test_it_is_a_value_that_was_measured(self):
        self.assertEqual(estoque_http.percentile([5, 1, 4, 2, 3], 50), 3)
        self.assertEqual(estoque_http.percentile(list(range(1, 201)), 99), 198)

    def test_one_value_is_every_percentile(self):
        self.assertEqual([estoque_http.percentile([7], percent) for percent in (1, 50, 99)], [7, 7, 7])


class Steady(unittest.TestCase):
    def lines(self, count, status=200):
        return [f"{index}\t{status}\t{index % 100 + 1}000" for index in range(count)]

    def test_figures_are_milliseconds(self):
        self.assertEqual(estoque_http.steady_figures(self.lines(4000), 2), {"p50": 50, "p99": 99})

    def test_an_answer_that_is_an_error_leaves_no_figure(self):
        with self.assertRaisesRegex(estoque_http.LoadFailed, "1 of 4001 requests failed, the first with 503"):
            estoque_http.steady_figures([*self.lines(4000), "1\t503\t10"], 2)

    def test_a_server_that_does_not_keep_up_has_no_figure(self):
        with self.assertRaisesRegex(estoque_http.LoadFailed, "3000 requests in 2 s instead of 2000 a second"):
            estoque_http.steady_figures(self.lines(3000), 2)


class Wrk(unittest.TestCase):
    RESULT = {"requests": 30_000, "microseconds": 2_000_000, "p50": 900, "p99": 4500, "statuses": 0, "sockets": 0}

    def test_figures(self):
        self.assertEqual(estoque_http.judged(self.RESULT), {"rate": 15_000, "p99": 4.5})

    def test_errors_leave_no_figure(self):
        for kind in ("statuses", "sockets"):
            with self.assertRaises(estoque_http.LoadFailed):
                estoque_http.judged({**self.RESULT, kind: 1})


class Servers(unittest.TestCase):
    # Listens where it is told and ends when it is told.
    PROGRAM = """
import http.server, signal, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self): self.send_response(200); self.end_headers()
    def log_message(self, *_): pass
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""

    def test_a_server_runs_until_the_end_of_the_block_and_tells_its_memory(self):
        peer = {"command": [sys.executable, "-c", self.PROGRAM.replace("{", "{{").replace("}", "}}"), "{port}"]}
        with estoque_http.serving(peer, "estoque", "bench", "base.db") as server:
            self.assertIsNone(server.process.poll())
        self.assertEqual(server.process.returncode, 0)
        self.assertGreater(server.memory, 1)

    def test_a_server_that_ends_at_once_is_reported_with_its_last_words(self):
        peer = {"command": [sys.executable, "-c", "import sys; sys.exit('no such database')"]}
        with self.assertRaisesRegex(estoque_http.LoadFailed, "has ended: no such database"):
            with estoque_http.serving(peer, "estoque", "bench", "base.db"):
                pass

    def test_no_server_fills_in_what_there_is_not(self):
        names = {"estoque": "e", "bench": "b", "database": "d", "port": 1}
        for peer in estoque_http.SERVERS.values():
            for part in peer["command"]:
                part.format(**names)


class Rows(unittest.TestCase):
    def test_each_has_a_load_and_targets_that_can_be_judged(self):
        for row in estoque_http.ROWS:
            self.assertIn(row["load"], [*estoque_http.LOADS, "process"])
            compare.judge(row, {name: 1.0 for name in estoque_http.SERVERS})
        for row in estoque_import.ROWS:
            compare.judge(row, {compare.US: 1.0})


class Tables(unittest.TestCase):
    def test_products_are_the_same_each_time(self):
        with tempfile.TemporaryDirectory() as folder:
            first, second = pathlib.Path(folder, "1"), pathlib.Path(folder, "2")
            for path in (first, second):
                estoque_http.write_products(path, 20)
            self.assertEqual(first.read_bytes(), second.read_bytes())
            self.assertEqual(len(first.read_text(encoding="utf-8").splitlines()), 21)

    def test_generated_sales_are_as_many_as_asked_for(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "sales")
            estoque_import.write_sales(path, 100)
            self.assertEqual(estoque_import.count_lines(path), 100)


class Imports(unittest.TestCase):
    def run_import(self, words, lines):
        program = f"#!{sys.executable}\nprint({words!r})\n"
        with tempfile.TemporaryDirectory() as folder:
            tool = pathlib.Path(folder, "estoque")
            tool.write_text(program)
            tool.chmod(0o755)
            return estoque_import.run(tool, "sales.csv", lines, "run.db")

    def test_seconds_and_memory_are_those_of_the_process(self):
        figures = self.run_import("sales.csv: 99 imported, 1 failed", 100)
        self.assertGreater(figures["seconds"], 0)
        self.assertGreater(figures["memory"], 1)

    def test_an_import_that_loses_lines_has_no_figure(self):
        for words in ("sales.csv: 98 imported, 1 failed", "sales.csv: 50 imported, 50 failed", "done"):
            with self.assertRaises(estoque_import.ImportFailed):
                self.run_import(words, 100)


class Requests(unittest.TestCase):
    def test_sign_in_sends_the_cookie_and_the_csrf_token_for_a_token(self):
        seen = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                seen.append((self.path, body, self.headers["Cookie"], self.headers["X-CSRF-Token"]))
                is_login = self.path == "/api/login"
                self.send_response(200 if is_login else 201)
                if is_login:
                    self.send_header("Set-Cookie", "estoque_session=abc; Path=/; HttpOnly")
                self.end_headers()
                self.wfile.write(json.dumps({"csrf": "def"} if is_login else {"token": "est_x"}).encode())

            def log_message(self, *_):
                pass

        with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                self.assertEqual(estoque_http.sign_in(server.server_port), "est_x")
            finally:
                server.shutdown()
                thread.join()
        self.assertEqual(
            seen,
            [
                ("/api/login", {"login": estoque_http.LOGIN, "password": estoque_http.PASSWORD}, None, None),
                ("/api/tokens", {"name": "carga"}, "estoque_session=abc", "def"),
            ],
        )


if __name__ == "__main__":
    unittest.main()
