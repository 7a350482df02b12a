"""Imports and exports, which go on in the background."""

import csv
import io
import json
import threading
import time

from .problem import Problem
from .router import one, page, route
from .staging import stage
from .stock import newest, stock_items
from .world import now

MEANINGS = {
    "codigo": "code",
    "código": "code",
    "nome": "name",
    "descrição": "name",
    "unidade": "unit",
    "quantidade": "quantity",
    "custo": "unitCost",
    "revenda": "dealer",
}


def job(world, kind, items, user, **more):
    """A job that waits."""
    made = {
        "id": world.next_id("job"),
        "kind": kind,
        "format": None,
        "file": None,
        "state": "waiting",
        "total": None,
        "done": 0,
        "failed": 0,
        "startedAt": now(),
        "endedAt": None,
        "message": "",
        "user": {"id": user["id"], "name": user["name"]},
        **more,
    }
    items.append(made)
    return made


def public(made):
    """Without what the server keeps for itself."""
    return {key: value for key, value in made.items() if not key.startswith("_")}


def run(world, made, event, total, failed=0, work=lambda step: None):
    """Goes on in a few steps, and tells each."""

    def body():
        steps = 8
        for step in range(1, steps + 1):
            time.sleep(0.12)
            with world.lock:
                if made["state"] == "cancelled":
                    return
                work(step / steps)
                made.update(
                    state="running", total=total, done=total * step // steps, failed=failed if step == steps else 0
                )
                if step == steps:
                    made.update(state="done", endedAt=now(), done=total - failed)
                world.tell(event, public(made))

    threading.Thread(target=body, daemon=True).start()


def rows_of(content):
    """The rows of a delimited file."""
    text = content.decode("utf-8-sig")
    delimiter = max(";,\t", key=text.splitlines()[0].count) if text.strip() else ";"
    return delimiter, [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row]


@route("POST", "/api/imports/preview", "operator")
def preview(world, call):
    ((name, content),) = call.files()
    if name.endswith(".exe"):
        raise Problem(415, "Envie uma planilha CSV, TSV ou XLSX.")
    delimiter, rows = rows_of(content)
    columns = [
        {"index": index, "title": title, "meaning": MEANINGS.get(title.strip().lower())}
        for index, title in enumerate(rows[0])
    ]
    return {"delimiter": delimiter, "encoding": "UTF-8", "hasHeader": True, "columns": columns, "rows": rows[1:21]}


@route("POST", "/api/imports", "operator")
def create_import(world, call):
    ((name, content),) = call.files()
    mapping = json.loads(call.query["mapping"])
    if not call.query.get("force") and any(made["_content"] == content for made in world.imports):
        raise Problem(409, "Este arquivo já foi importado.")
    _, rows = rows_of(content)
    bad = [row for row in rows[1:] if not row[mapping["code"]].strip()]
    good = [row for row in rows[1:] if row not in bad]
    made = job(world, call.query["kind"], world.imports, call.user, file=name)
    made["_failures"], made["_content"] = bad, content

    def work(part):
        if part == 1 and made["kind"] == "products":
            for row in good:
                world.add_product(row[mapping["name"]], code=row[mapping["code"]])
        if part == 1 and made["kind"] == "staging":
            for number, row in enumerate(good, 2):
                stage(world, row[mapping["dealer"]], row[mapping["code"]], row[mapping["name"]], "1", made["id"], number)

    run(world, made, "import", len(rows) - 1, len(bad), work)
    return 202, public(made)


@route("GET", "/api/imports")
def imports(world, call):
    return page([public(made) for made in reversed(world.imports)], call.query)


@route("GET", "/api/imports/{id}")
def get_import(world, call, id):
    return public(one(world.imports, id))


@route("POST", "/api/imports/{id}/{action}", "operator")
def steer(world, call, id, action):
    made = one(world.imports, id)
    if action == "cancel":
        made.update(state="cancelled", endedAt=now(), message="cancelada")
    else:
        made.update(state="waiting", message="")
        run(world, made, "import", made["total"] or 10)
    world.tell("import", public(made))
    return public(made)


@route("GET", "/api/imports/{id}/{list}")
def import_lines(world, call, id, list):
    made = one(world.imports, id)
    text = "linha;erro\r\n" + "".join(f"{';'.join(row)};falta o código\r\n" for row in made.get("_failures", []))
    return call.file(list, "text/csv; charset=utf-8", text.encode())


@route("POST", "/api/exports")
def create_export(world, call):
    body = call.json("kind", "format", "style", "from", "to", "location", "category", "product", "search")
    made = job(world, body["kind"], world.exports, call.user, format=body["format"])
    rows = newest(world) if body["kind"] == "movements" else stock_items(world)
    made["_content"] = (
        "id;quantidade\r\n" + "".join(f"{row.get('id', row['product']['id'])};{row['quantity']}\r\n" for row in rows)
    ).encode()
    run(world, made, "export", len(rows))
    return 202, public(made)


@route("GET", "/api/labels.pdf")
def labels(world, call):
    products = [one(world.products, call.query["product"])] if "product" in call.query else world.products
    if not any(product["gtin"] or product["code"].isascii() for product in products):
        wrong = "nenhum produto encontrado tem um código que caiba em um código de barras"
        raise Problem(422, wrong, [("search", wrong)])
    return call.file("etiquetas.pdf", "application/pdf", b"%PDF-1.4 invented")


@route("GET", "/api/exports")
def exports(world, call):
    return page([public(made) for made in reversed(world.exports)], call.query)


@route("GET", "/api/exports/{id}")
def get_export(world, call, id):
    return public(one(world.exports, id))


@route("GET", "/api/exports/{id}/file")
def export_file(world, call, id):
    made = one(world.exports, id)
    if made["state"] != "done":
        raise Problem(409, "Ainda não está pronta.")
    return call.file(f"{made['kind']}.{made['format']}", "text/csv; charset=utf-8", made["_content"])


@route("POST", "/api/exports/{id}/cancel")
def cancel_export(world, call, id):
    made = one(world.exports, id)
    made.update(state="cancelled", endedAt=now())
    return public(made)


@route("DELETE", "/api/exports/{id}")
def delete_export(world, call, id):
    made = one(world.exports, id)
    if made["state"] in ("waiting", "running"):
        raise Problem(409, "Ainda está em andamento.")
    world.exports.remove(made)
