"""The API as a program uses it: to prepare what a test needs, and to look at what came of it."""

import http.cookiejar
import json
import time
import urllib.error
import urllib.parse
import urllib.request

from .site import LOGIN, PASSWORD, URL


class Api:
    """One session."""

    def __init__(self, login=LOGIN, password=PASSWORD):
        self.csrf = None
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        self.csrf = self.post("/login", {"login": login, "password": password})["csrf"]

    def send(self, method, path, body=None, query=None, headers=None):
        """The answer and its headers; waits when the server asks to."""
        address = f"{URL}/api{path}" + (f"?{urllib.parse.urlencode(query)}" if query else "")
        data = None if body is None else json.dumps(body).encode()
        for _ in range(20):
            request = urllib.request.Request(
                address, data, method=method, headers={"Accept": "application/json", **(headers or {})}
            )
            if data is not None:
                request.add_header("Content-Type", "application/json")
            if self.csrf:
                request.add_header("X-CSRF-Token", self.csrf)
            try:
                with self.opener.open(request, timeout=20) as answer:
                    text = answer.read()
                    return (json.loads(text) if text else None), answer.headers
            except urllib.error.HTTPError as error:
                if error.code not in (429, 503):
                    raise AssertionError(f"{method} {path}: {error.code} {error.read().decode()[:400]}") from None
                time.sleep(float(error.headers.get("Retry-After") or 1))
        raise AssertionError(f"{method} {path}: the server stays busy")

    def get(self, path, **query):
        """A GET's data."""
        return self.send("GET", path, query=query)[0]

    def post(self, path, body=None):
        """A POST's data."""
        return self.send("POST", path, body)[0]

    def order(self, path, body=None):
        """What only the server with invented data does."""
        request = urllib.request.Request(f"{URL}/mock/{path}", json.dumps(body or {}).encode(), method="POST")
        urllib.request.urlopen(request, timeout=5).read()
