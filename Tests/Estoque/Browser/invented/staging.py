"""What dealers say about products, and what is decided about it."""

from .problem import Problem
from .router import one, page, route
from .stock import folded
from .world import now


def seed(world):
    """Lines of an earlier file."""
    for row, (code, name, quantity) in enumerate([("RV-10", "Parafuso sextavado M6", "40"), ("RV-11", None, None)], 2):
        stage(world, "Revenda Sul", code, name, quantity, 1, row)


def stage(world, dealer, code, name, quantity, job, row):
    """A line of a dealer; waits, unless its product is known."""
    kept = next((line for line in world.staging if (line["dealer"]["name"], line["code"]) == (dealer, code)), None)
    if not kept:
        number = 1 + next(
            (index for index, known in enumerate(world.dealers) if known == dealer), len(world.dealers)
        )
        if number > len(world.dealers):
            world.dealers.append(dealer)
        kept = {
            "dealer": {"id": number, "name": dealer},
            "code": code,
            "state": "waiting",
            "product": None,
            "promotedAt": None,
        }
        world.staging.append(kept)
    kept.update(name=name, quantity=quantity, unitPrice=None, line=row, stagedAt=now())
    kept["import"] = job


def shown(world, line):
    """A line, with the product of the same code if it waits."""
    same = next((product for product in world.products if product["code"] == line["code"]), None)
    return {**line, "product": line["product"] or (world.brief(same) if same else None)}


def waiting(world, dealer, code):
    """A line that waits."""
    line = next(
        (line for line in world.staging if (str(line["dealer"]["id"]), line["code"]) == (str(dealer), code)), None
    )
    if not line:
        raise Problem(404, "Não há linha da revenda com este código.")
    if line["state"] != "waiting":
        raise Problem(409, "A linha não está mais em espera.")
    return line


@route("GET", "/api/staging", "operator")
def staging(world, call):
    query = call.query
    words = folded(query.get("search") or "")
    found = [
        shown(world, line)
        for line in sorted(world.staging, key=lambda line: (line["dealer"]["id"], line["code"]))
        if (not query.get("state") or line["state"] == query["state"])
        and (not query.get("product") or str((line["product"] or {}).get("id")) == query["product"])
        and words in folded(f"{line['code']} {line['name']} {line['dealer']['name']}")
    ]
    return page(found, query)


@route("POST", "/api/staging/promotion", "operator")
def promote(world, call):
    body = call.json("dealer", "code", "product", "create")
    line = waiting(world, body["dealer"], body["code"])
    product = (
        world.add_product(line["name"] or line["code"], code=line["code"])
        if body.get("create")
        else one(world.products, body["product"])
    )
    line.update(state="promoted", product=world.brief(product), promotedAt=now())
    return line


@route("POST", "/api/staging/promotions", "operator")
def promote_all(world, call):
    codes = {product["code"]: product for product in world.products}
    found = [line for line in world.staging if line["state"] == "waiting" and line["code"] in codes]
    for line in found:
        line.update(state="promoted", product=world.brief(codes[line["code"]]), promotedAt=now())
    return {"promoted": len(found)}


@route("DELETE", "/api/staging", "operator")
def discard(world, call):
    world.staging.remove(waiting(world, call.query["dealer"], call.query["code"]))
