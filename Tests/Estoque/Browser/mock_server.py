#!/usr/bin/env python3
"""Serves Estoque's pages with an API of invented data.

    Tests/Estoque/Browser/mock_server.py [--port 8099] [--pages FOLDER]

Prints its address; the users are ana (admin), otavio (operator) and vera (viewer), all with one password.
"""

import argparse
import email.parser
import email.policy
import json
import queue
import sys
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from invented import access, documents, figures, jobs, names, staging, stock  # noqa: F401 (they declare routes)
from invented.problem import Problem
from invented.router import RANK, find
from invented.world import World

PAGES = Path(__file__).resolve().parents[3] / "Sources/Estoque/Web/Pages"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
}
# Files that are being worked on are asked for again each time; the tests keep them.
CACHING = "no-cache"
SECURITY = [
    (
        "Content-Security-Policy",
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
]


class File:
    """An answer that is a file."""

    def __init__(self, name, kind, content):
        self.name, self.kind, self.content = name, kind, content


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    world = World()

    def log_message(self, *_):
        pass

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def do_GET(self):
        self.answer("GET")

    def do_POST(self):
        self.answer("POST")

    def do_PUT(self):
        self.answer("PUT")

    def do_PATCH(self):
        self.answer("PATCH")

    def do_DELETE(self):
        self.answer("DELETE")

    def answer(self, method):
        """Finds who answers, and sends what they say."""
        address = urllib.parse.urlsplit(self.path)
        self.query = dict(urllib.parse.parse_qsl(address.query))
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.outgoing = []
        try:
            if address.path.startswith("/mock/"):
                return self.control(address.path)
            if not address.path.startswith("/api/"):
                return self.serve(address.path)
            return self.call(method, address.path)
        except Problem as problem:
            if problem.retry_after is not None:
                self.outgoing.append(("Retry-After", str(problem.retry_after)))
            return self.send(problem.status, problem.body(address.path), "application/problem+json")

    def call(self, method, path):
        """One of the API's routes."""
        world = self.world
        self.fail_as_told(method, path)
        if path in ("/api/health/live", "/api/health/ready"):
            return self.send(200, {"status": "ok"})
        role, function, parts = find(method, path) if path != "/api/events" else ("viewer", None, {})
        with world.lock:
            self.identify(role, method)
        if path == "/api/events":
            return self.stream()
        key = self.headers.get("Idempotency-Key")
        with world.lock:
            kept = world.answers.get((key, path)) if key else None
            if kept:
                if kept[0] != self.body and "multipart" not in (self.headers.get("Content-Type") or ""):
                    raise Problem(422, "A chave de idempotência já serviu para outro conteúdo.")
                return self.send(*kept[1])
            result = function(world, self, **parts)
            status, data = result if isinstance(result, tuple) else (204 if result is None else 200, result)
            if key:
                world.answers[(key, path)] = (self.body, (status, data))
        return self.send(status, data)

    def identify(self, role, method):
        """Who asks, and whether they may."""
        cookies = dict(
            part.strip().split("=", 1) for part in (self.headers.get("Cookie") or "").split(";") if "=" in part
        )
        self.session = cookies.get("estoque_session")
        self.user, self.csrf = self.world.sessions.get(self.session, (None, None))
        if role is None:
            return
        if not self.user:
            raise Problem(401, "Entre para continuar.")
        if method != "GET" and self.headers.get("X-CSRF-Token") != self.csrf:
            raise Problem(403, "Falta o token CSRF.")
        if RANK[self.user["role"]] < RANK[role]:
            raise Problem(403, "Seu perfil não permite isto.")

    def fail_as_told(self, method, path):
        """Answers as a test has ordered."""
        for failure in list(self.world.failures):
            if failure.get("path") == path and failure.get("method", "GET") == method:
                failure["times"] -= 1
                if failure["times"] <= 0:
                    self.world.failures.remove(failure)
                raise Problem(failure["status"], failure.get("detail", ""), retry_after=failure.get("retryAfter"))

    def control(self, path):
        """What tests order: failures, an end of all sessions, other data."""
        if path == "/mock/fail":
            self.world.failures.append({"times": 1, **self.json()})
        elif path == "/mock/expire":
            self.world.sessions.clear()
        elif path == "/mock/tell":
            told = self.json()
            self.world.tell(told["kind"], told.get("item", {}))
        elif path == "/mock/reset":
            Handler.world = fresh()
        return self.send(200, {})

    def serve(self, path):
        """A file of the pages; index.html for the addresses of pages."""
        file = (PAGES / path.lstrip("/")).resolve()
        if path == "/" or not file.suffix:
            file = PAGES / "index.html"
        if not file.is_relative_to(PAGES) or not file.is_file():
            return self.send(404, b"", "text/plain")
        return self.send(
            200,
            file.read_bytes(),
            TYPES.get(file.suffix, "application/octet-stream"),
            SECURITY + [("Cache-Control", CACHING)],
        )

    def stream(self):
        """Events, until the client goes."""
        listener = queue.Queue()
        self.world.listeners.append(listener)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            while True:
                try:
                    number, kind, item = listener.get(timeout=5)
                    text = f"id: {number}\nevent: {kind}\ndata: {json.dumps(item)}\n\n"
                except queue.Empty:
                    text = ": \n\n"
                self.wfile.write(text.encode())
                self.wfile.flush()
        finally:
            if listener in self.world.listeners:
                self.world.listeners.remove(listener)

    # What routes ask of a call.

    def json(self, *known):
        """The body, which may hold only fields that are known."""
        try:
            body = json.loads(self.body or b"{}")
        except ValueError:
            raise Problem(400, "O corpo não é JSON.") from None
        if known and set(body) - set(known):
            raise Problem(
                422,
                "Confira os campos.",
                [(field, "não é um campo conhecido") for field in sorted(set(body) - set(known))],
            )
        return body

    def etag(self, version):
        """Names the version that is sent."""
        self.outgoing.append(("ETag", f'"{version}"'))

    def match(self, version):
        """Asks that the client has read this version."""
        wanted = self.headers.get("If-Match")
        if not wanted:
            raise Problem(428, "Falta If-Match.")
        if wanted not in (f'"{version}"', "*"):
            raise Problem(412, "Outra pessoa alterou este registro.")

    def file(self, name, kind, content):
        """A file to download."""
        return File(name, kind, content)

    def files(self):
        """The names and contents of a form's files."""
        kind = self.headers.get("Content-Type") or ""
        if not kind.startswith("multipart/form-data"):
            return [(self.query.get("name", "arquivo"), self.body)]
        message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(
            b"Content-Type: " + kind.encode() + b"\r\n\r\n" + self.body
        )
        return [
            (part.get_filename(), part.get_payload(decode=True)) for part in message.iter_parts() if part.get_filename()
        ]

    def send(self, status, data, kind="application/json", headers=()):
        """The answer."""
        self.send_response(status)
        extra = list(headers) + self.outgoing
        if isinstance(data, File):
            extra.append(("Content-Disposition", f'attachment; filename="{data.name}"'))
            data, kind = data.content, data.kind
        content = data if isinstance(data, bytes) else b"" if status == 204 else json.dumps(data).encode()
        if kind.startswith("application/") and "manifest" not in kind:
            extra.append(("Cache-Control", "no-store"))
        for name, value in extra:
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def fresh():
    """The world as it begins."""
    world = World()
    documents.seed(world)
    staging.seed(world)
    return world


def serve(port, pages=PAGES, caching=CACHING):
    """The server, bound to loopback and not yet running."""
    global PAGES, CACHING
    CACHING = caching
    PAGES = Path(pages).resolve()
    Handler.world = fresh()
    ThreadingHTTPServer.daemon_threads = True
    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--pages", default=PAGES)
    options = parser.parse_args()
    server = serve(options.port, options.pages)
    print(f"http://127.0.0.1:{server.server_address[1]}/ (ana, {names.PASSWORD})", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        sys.exit(0)
