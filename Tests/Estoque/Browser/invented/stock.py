"""Products, places, stock and movements."""

import unicodedata
from decimal import Decimal

from .decimals import money, plain
from .problem import Problem
from .router import decimal, one, page, route

FIELDS = ("id", "version", "code", "name", "unit", "gtin", "ncm", "category", "minimum", "active")


def folded(text):
    """Without case or accents."""
    split = unicodedata.normalize("NFD", str(text).lower())
    return "".join(character for character in split if not unicodedata.combining(character))


def is_like(product, search):
    """Whether each word of a search stands in a product's name or codes."""
    text = folded(f"{product['name']} {product['code']} {product['gtin'] or ''}")
    return all(word in text for word in folded(search or "").split())


def whole(world, product):
    """A product with its stock."""
    stock = [
        {"location": world.place(place), "quantity": plain(quantity), "cost": money(cost)}
        for (number, place), (quantity, cost) in sorted(world.balances.items())
        if number == product["id"] and quantity != 0
    ]
    return {**{key: product[key] for key in FIELDS}, "stock": stock}


def checked(world, body, own=None):
    """A product's fields, or what is wrong with them."""
    errors = [(field, "Preencha este campo.") for field in ("code", "name") if not str(body.get(field) or "").strip()]
    if any(product["code"] == body.get("code") and product is not own for product in world.products):
        errors.append(("code", "Já existe um produto com este código."))
    if errors:
        raise Problem(422, "Confira os campos.", errors)
    usual = {"unit": "UN", "minimum": "0", "active": True}
    return {key: usual.get(key) if body.get(key) is None else body[key] for key in FIELDS[2:]}


@route("GET", "/api/products")
def products(world, call):
    query = call.query
    found = [
        whole(world, product)
        for product in world.products
        if is_like(product, query.get("search"))
        and (not query.get("category") or str(product["category"]) == query["category"])
        and (not query.get("active") or product["active"] == (query["active"] == "true"))
    ]
    return page(sorted(found, key=lambda product: folded(product["name"])), query)


@route("POST", "/api/products", "operator")
def create_product(world, call):
    fields = checked(world, call.json(*FIELDS[2:]))
    product = world.add_product(fields.pop("name"), **fields)
    world.record("product.create", f"product:{product['id']}", product["code"], call.user)
    return 201, whole(world, product)


@route("GET", "/api/products/barcode/{gtin}")
def by_barcode(world, call, gtin):
    for product in world.products:
        if product["gtin"] == gtin or product["code"] == gtin:
            return whole(world, product)
    raise Problem(404, "Nenhum produto tem este código.")


@route("GET", "/api/products/{id}")
def product(world, call, id):
    found = one(world.products, id)
    call.etag(found["version"])
    return whole(world, found)


@route("PUT", "/api/products/{id}", "operator")
def change_product(world, call, id):
    found = one(world.products, id)
    call.match(found["version"])
    found.update(checked(world, call.json(*FIELDS[2:]), found))
    found["version"] += 1
    call.etag(found["version"])
    return whole(world, found)


@route("GET", "/api/products/{id}/movements")
def product_movements(world, call, id):
    found = one(world.products, id)
    return page([movement for movement in newest(world) if movement["product"]["id"] == found["id"]], call.query)


def newest(world):
    """Movements, the latest first."""
    return sorted(world.movements, key=lambda movement: (movement["happenedAt"], movement["id"]), reverse=True)


def stock_items(world):
    """What is where, in the order of names."""
    places = {}
    for (number, place), (quantity, cost) in world.balances.items():
        if quantity:
            places.setdefault(number, []).append((place, quantity, cost))
    items = []
    for product in sorted(world.products, key=lambda item: (folded(item["name"]), item["id"])):
        if not product["active"]:
            continue
        held = sorted(places.get(product["id"], [(1, Decimal(0), Decimal(0))]))
        total = sum(quantity for _, quantity, _ in held)
        for place, quantity, cost in held:
            items.append(
                {
                    "product": {key: product[key] for key in ("id", "code", "name", "unit", "gtin", "minimum")},
                    "location": world.place(place),
                    "quantity": plain(quantity),
                    "cost": money(cost),
                    "averageCost": money(cost / quantity) if quantity else None,
                    "belowMinimum": total < Decimal(product["minimum"]),
                    "category": product["category"],
                }
            )
    return items


@route("GET", "/api/stock")
def stock(world, call):
    query = call.query
    items = [
        item
        for item in stock_items(world)
        if is_like(item["product"], query.get("search"))
        and (not query.get("location") or str(item["location"]["id"]) == query["location"])
        and (not query.get("category") or str(item["category"]) == query["category"])
        and (query.get("below") != "minimum" or item["belowMinimum"])
    ]
    return page(items, query)


@route("GET", "/api/movements")
def movements(world, call):
    query = call.query
    found = [
        movement
        for movement in newest(world)
        if (not query.get("from") or movement["happenedAt"][:10] >= query["from"])
        and (not query.get("to") or movement["happenedAt"][:10] <= query["to"])
        and (not query.get("product") or str(movement["product"]["id"]) == query["product"])
        and (not query.get("location") or str(movement["location"]["id"]) == query["location"])
        and (not query.get("kind") or movement["kind"] == query["kind"])
        and (not query.get("reference") or movement["reference"] == query["reference"])
    ]
    return page(found, query)


@route("POST", "/api/movements", "operator")
def create_movement(world, call):
    body = call.json(
        "kind", "product", "location", "to", "quantity", "unitCost", "lot", "expiry", "happenedAt", "reference", "note"
    )
    kind = body.get("kind")
    found = one(world.products, body.get("product"))
    quantity = decimal(body, "quantity", None if kind == "adjustment" else Decimal("0.0001"))
    held = world.balances.get((found["id"], body["location"]), [Decimal(0)])[0]
    change = -quantity if kind in ("issue", "transfer") else quantity
    if held + change < 0:
        raise Problem(
            422,
            f"Só há {plain(held)} {found['unit']} neste local.",
            [("quantity", f"Só há {plain(held).replace('.', ',')} {found['unit']} neste local.")],
        )
    more = {"reference": body.get("reference", ""), "note": body.get("note", ""), "user": call.user["id"]}
    if kind == "transfer":
        movement = world.transfer(found, body["location"], body["to"], quantity, **more)
    else:
        cost = decimal(body, "unitCost", 0) if "unitCost" in body else None
        movement = world.post(kind, found, body["location"], change, cost, lot=body.get("lot"), **more)
    world.record("movement.create", f"movement:{movement['id']}", kind, call.user)
    world.tell("stock", {"product": found["id"]})
    return 201, {"posting": movement["posting"], "items": [movement]}


@route("POST", "/api/movements/{id}/reversal", "operator")
def reverse(world, call, id):
    movement = one(world.movements, id)
    if movement["reversedBy"] or movement["reverses"]:
        raise Problem(409, "Este movimento já foi estornado.")
    note = call.json().get("note") or ""
    if not note.strip():
        raise Problem(422, "Falta o motivo.", [("note", "Informe o motivo.")])
    found = one(world.products, movement["product"]["id"])
    undone = world.post(
        "reversal",
        found,
        movement["location"]["id"],
        -Decimal(movement["quantity"]),
        reference=movement["reference"],
        note=note,
        user=call.user["id"],
        reverses=movement["id"],
    )
    movement["reversedBy"] = undone["id"]
    world.tell("stock", {"product": found["id"]})
    return 201, {"posting": undone["posting"], "items": [undone]}


def register(path, kind, fields):
    """The routes of a small register."""

    def items(world):
        return getattr(world, kind)

    @route("GET", path)
    def many(world, call):
        return page(sorted(items(world), key=lambda item: folded(item["name"])), call.query)

    @route("POST", path, "operator")
    def create(world, call):
        body = call.json()
        if any(folded(item["name"]) == folded(body.get("name", "")) for item in items(world)):
            raise Problem(422, "Já existe.", [("name", "Já existe um com este nome.")])
        item = {
            "id": world.next_id(kind, len(items(world)) + 1),
            "active": True,
            "version": 1,
            **{key: body.get(key) for key in fields if key in body},
        }
        items(world).append(item)
        return 201, item

    @route("GET", path + "/{id}")
    def get(world, call, id):
        item = one(items(world), id)
        call.etag(item["version"])
        return item

    @route("PUT", path + "/{id}", "operator")
    def change(world, call, id):
        item = one(items(world), id)
        call.match(item["version"])
        item.update({key: value for key, value in call.json().items() if key in fields})
        item["version"] += 1
        return item

    @route("DELETE", path + "/{id}", "operator")
    def delete(world, call, id):
        items(world).remove(one(items(world), id))


register("/api/categories", "categories", ("name",))
register("/api/locations", "locations", ("code", "name", "active"))


@route("GET", "/api/movements.csv")
def csv(world, call):
    lines = ["data;tipo;produto;quantidade;saldo"] + [
        f"{movement['happenedAt']};{movement['kind']};{movement['product']['code']};{movement['quantity']};{movement['balance']}"
        for movement in newest(world)
    ]
    return call.file("movimentos.csv", "text/csv; charset=utf-8", "\r\n".join(lines).encode())
