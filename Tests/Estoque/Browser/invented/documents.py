"""Fiscal documents: taken in, judged in the background, decided upon."""

import io
import threading
import time
import zipfile
from decimal import Decimal
from xml.etree import ElementTree

from . import names
from .decimals import money, plain
from .problem import Problem
from .router import one, page, route
from .stock import folded
from .world import now

SPACE = "{http://www.portalfiscal.inf.br/nfe}"
REASONS = {
    "review": "sem protocolo de autorização da SEFAZ: envie o XML autorizado (nfeProc)",
    "refused": "XML malformado (erro 4): obtenha o arquivo de novo",
    "conflict": "a chave já foi processada com outro conteúdo",
    "duplicate": "já processada",
    "event": "evento 110110 (carta de correção), sequência 1, apenas registrado",
    "accepted": "entrada de 2 itens",
}


STATES = ("waiting", "accepted", "duplicate", "conflict", "event", "review", "refused")


def seed(world):
    """Documents of earlier days."""
    for index, state in enumerate(
        ["accepted"] * 9 + ["review", "refused", "accepted", "event", "duplicate", "conflict", "review"]
    ):
        note = add(world, f"nfe-{index + 101}.xml", 1)
        supplier = names.SUPPLIERS[index % len(names.SUPPLIERS)]
        goods = [world.products[(index * 7 + step * 3) % (len(world.products) - 2)] for step in range(3)]
        lines = [
            (
                f"F{product['id']:03d}",
                product["name"].upper(),
                product["unit"],
                Decimal(12 * (step + 1)),
                Decimal(product["unitCost"]),
            )
            for step, product in enumerate(goods)
        ]
        describe(world, note, 4200 + index, supplier, lines)
        note["xml"] = b"<nfeProc/>"
        settle(note, state)
    # The last one is an entry that its supplier has issued.
    note["direction"], note["needsDirection"] = None, True
    note["reason"] = "entrada (tpNF 0) emitida por terceiro: decida o sentido"


def add(world, file, batch):
    """A document that waits."""
    note = {
        "id": world.next_id("nfe"),
        "batch": batch,
        "file": file,
        "state": "waiting",
        "key": None,
        "number": None,
        "series": None,
        "emitter": None,
        "issuedAt": None,
        "total": None,
        "items": None,
        "reason": "",
        "receivedAt": now(),
        "direction": "in",
        "needsDirection": False,
        "lines": [],
        "warnings": [],
        "xml": b"",
    }
    world.nfe.append(note)
    return note


def describe(world, note, number, supplier, lines):
    """What a document says."""
    note.update(
        number=number,
        series=1,
        key=f"35261111222333000181550010{number:09d}1{number:08d}7"[:44].ljust(44, "0"),
        emitter={"id": supplier[0], "name": supplier[1]},
        issuedAt=now(),
        items=len(lines),
        total=money(sum(quantity * cost for *_, quantity, cost in lines)),
    )
    known = {folded(product["name"]): product for product in world.products}
    for position, (code, name, unit, quantity, cost) in enumerate(lines, 1):
        product = known.get(folded(name))
        note["lines"].append(
            {
                "number": position,
                "code": code,
                "name": name,
                "unit": unit,
                "quantity": plain(quantity),
                "unitCost": plain(cost),
                "product": None,
                "suggestion": world.brief(product) if product else None,
                "factor": "1",
            }
        )


def settle(note, state, reason=None):
    """What became of a document."""
    note["state"] = state
    note["reason"] = REASONS[state] if reason is None else reason
    if state == "review":
        note["warnings"] = ["a chave diz série 1 e o documento 001"]


def brief(note):
    """Without its lines."""
    left_out = ("lines", "warnings", "xml", "direction", "needsDirection")
    return {key: value for key, value in note.items() if key not in left_out}


def judge(world, notes):
    """Works the documents one after another, as the pool would."""
    for note in notes:
        time.sleep(0.12)
        with world.lock:
            read(world, note)
            world.tell("nfe", brief(note))


def read(world, note):
    """Reads and judges one."""
    try:
        root = ElementTree.fromstring(note["xml"])
    except ElementTree.ParseError:
        return settle(note, "refused")
    body = root if root.tag == SPACE + "infNFe" else root.find(f".//{SPACE}infNFe")
    if body is None:
        return settle(note, "refused", "não há nota nem evento no arquivo: envie o XML da NF-e (nfeProc)")
    text = lambda path: body.findtext("/".join(SPACE + part for part in path.split("/"))) or ""
    lines = [
        (
            item.findtext(SPACE + "cProd"),
            item.findtext(SPACE + "xProd"),
            item.findtext(SPACE + "uCom"),
            Decimal(item.findtext(SPACE + "qCom")),
            Decimal(item.findtext(SPACE + "vUnCom")),
        )
        for item in body.iter(SPACE + "prod")
    ]
    describe(world, note, int(text("ide/nNF")), (text("emit/CNPJ"), text("emit/xNome")), lines)
    note["key"] = body.get("Id", "")[3:]
    if text("ide/tpNF") == "0":
        note["direction"], note["needsDirection"] = None, True
        return settle(note, "review", "entrada (tpNF 0) emitida por terceiro: decida o sentido")
    if any(other is not note and other["key"] == note["key"] and other["state"] == "accepted" for other in world.nfe):
        return settle(note, "duplicate")
    return settle(note, "review" if root.find(f".//{SPACE}infProt") is None else "accepted")


@route("POST", "/api/nfe", "operator")
def upload(world, call):
    batch = world.next_id("batch", 2)
    notes = []
    for name, content in call.files():
        if content[:4] == b"PK\x03\x04":
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                parts = [(f"{name}/{inner}", archive.read(inner)) for inner in archive.namelist()]
        else:
            parts = [(name, content)]
        for file, xml in parts:
            note = add(world, file, batch)
            note["xml"] = xml
            notes.append(note)
    if not notes:
        raise Problem(422, "Nenhum arquivo no pedido.")
    threading.Thread(target=judge, args=(world, notes), daemon=True).start()
    return 202, {"batch": batch, "documents": [{key: note[key] for key in ("id", "file", "state")} for note in notes]}


@route("GET", "/api/nfe")
def notes(world, call):
    query = call.query
    words = folded(query.get("search") or "")
    found = [
        brief(note)
        for note in reversed(world.nfe)
        if (not query.get("batch") or str(note["batch"]) == query["batch"])
        and words in folded(f"{note['file']} {note['number']} {note['key']} {(note['emitter'] or {}).get('name')}")
    ]
    counts = {state: sum(note["state"] == state for note in found) for state in STATES}
    wanted = [note for note in found if not query.get("state") or note["state"] == query["state"]]
    return {**page(wanted, query), "counts": counts}


@route("GET", "/api/nfe/{id}")
def note(world, call, id):
    found = one(world.nfe, id)
    return {key: value for key, value in found.items() if key != "xml"}


@route("GET", "/api/nfe/{id}/xml")
def xml(world, call, id):
    return call.file(f"{id}.xml", "application/xml", one(world.nfe, id)["xml"])


@route("POST", "/api/nfe/{id}/decision", "operator")
def decide(world, call, id):
    found, body = one(world.nfe, id), call.json()
    if found["state"] != "review":
        raise Problem(409, "Esta nota já foi decidida.")
    if body["action"] == "accept" and found["needsDirection"] != ("direction" in body):
        raise Problem(422, "Informe o sentido.", [("direction", "informe o sentido")])
    if body["action"] == "reject":
        settle(found, "refused", f"recusada por {call.user['name']}: {body.get('note') or 'sem anotação'}")
    else:
        for line, choice in zip(found["lines"], body["lines"]):
            product = (
                world.add_product(line["name"], line["unit"], code=f"{line['code']}-{id}", cost=line["unitCost"])
                if choice.get("create")
                else one(world.products, choice["product"])
            )
            factor = Decimal(choice.get("factor") or "1")
            line["product"], line["factor"] = world.brief(product), plain(factor)
            is_out = body.get("direction") == "out"
            world.post(
                "issue" if is_out else "receipt",
                product,
                1,
                Decimal(line["quantity"]) * (-factor if is_out else factor),
                Decimal(line["unitCost"]) / factor,
                reference=f"NF {found['number']}",
                user=call.user["id"],
            )
            world.supplier_products.append(
                {
                    "id": world.next_id("supplier"),
                    "supplier": found["emitter"]["id"],
                    "code": line["code"],
                    "unit": line["unit"],
                    "product": world.brief(product),
                    "factor": plain(factor),
                }
            )
        settle(found, "accepted", f"entrada de {len(found['lines'])} itens")
    found["note"], found["needsDirection"] = body.get("note", ""), False
    world.record(f"nfe.{body['action']}", f"nfe:{id}", found["note"], call.user)
    world.tell("nfe", brief(found))
    return brief(found)


@route("GET", "/api/supplier-products")
def supplier_products(world, call):
    return page(world.supplier_products, call.query)


@route("DELETE", "/api/supplier-products", "operator")
def delete_supplier_product(world, call):
    keep = [
        item
        for item in world.supplier_products
        if (item["supplier"], item["code"], item["unit"])
        != (call.query.get("supplier"), call.query.get("code"), call.query.get("unit"))
    ]
    world.supplier_products[:] = keep
