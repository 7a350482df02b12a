"""The site under test: a server that runs already (ESTOQUE_URL), or one with invented data."""

import atexit
import os
import sys
import threading
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1]
IS_MOCK = not os.environ.get("ESTOQUE_URL")


def start():
    """The address, without a slash at its end."""
    if not IS_MOCK:
        return os.environ["ESTOQUE_URL"].rstrip("/")
    sys.path.insert(0, str(FOLDER))
    import mock_server

    server = mock_server.serve(0, caching="max-age=600")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    atexit.register(server.shutdown)
    return f"http://127.0.0.1:{server.server_address[1]}"


URL = start()
LOGIN = os.environ.get("ESTOQUE_LOGIN", "ana")
PASSWORD = os.environ.get("ESTOQUE_PASSWORD", "estoque-de-teste")
COMPANY = os.environ.get("ESTOQUE_COMPANY", "11444777000161")
