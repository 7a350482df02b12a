"""The panel, reports and stock-takes."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

from .decimals import money, plain
from .problem import Problem
from .router import decimal, one, page, route
from .stock import newest, stock_items
from .world import now


@route("GET", "/api/dashboard")
def dashboard(world, call):
    days = {
        (date.today() - timedelta(days=back)).isoformat(): [[0, Decimal(0), Decimal(0)], [0, Decimal(0), Decimal(0)]]
        for back in range(29, -1, -1)
    }
    top = defaultdict(Decimal)
    for movement in world.movements:
        day = movement["happenedAt"][:10]
        if day in days and movement["kind"] in ("receipt", "issue"):
            for index, amount in enumerate((1, abs(Decimal(movement["quantity"])), abs(Decimal(movement["cost"])))):
                days[day][movement["kind"] == "issue"][index] += amount
            if movement["kind"] == "issue":
                top[movement["product"]["id"]] -= Decimal(movement["quantity"])
    low = [item for item in stock_items(world) if item["belowMinimum"]]
    low.sort(key=lambda item: Decimal(item["quantity"]) / Decimal(item["product"]["minimum"]))
    states = defaultdict(int)
    for note in world.nfe:
        states[note["state"]] += 1
    today = days[date.today().isoformat()]
    return {
        "products": sum(product["active"] for product in world.products),
        "belowMinimum": len(low),
        "stockValue": money(sum(cost for _, cost in world.balances.values())),
        "today": both(today),
        "nfe": states,
        "days": [{"date": day, **both(parts)} for day, parts in days.items()],
        "top": [
            {"product": world.brief(one(world.products, number)), "quantity": plain(quantity)}
            for number, quantity in sorted(top.items(), key=lambda entry: -entry[1])[:10]
        ],
        "low": low[:10],
        "recent": newest(world)[:10],
    }


def both(parts):
    """The sums of what came and of what went."""
    return {
        name: {"count": part[0], "quantity": plain(part[1]), "cost": money(part[2])}
        for name, part in zip(("receipts", "issues"), parts)
    }


def periods(first, last, unit):
    """The days, weeks (from Monday) or months of a range."""
    while first <= last:
        if unit == "day":
            end = first
        elif unit == "week":
            end = first + timedelta(days=6 - first.weekday())
        else:
            end = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        yield first, min(end, last)
        first = end + timedelta(days=1)


@route("GET", "/api/reports/movements")
def report(world, call):
    query = call.query
    first, last = date.fromisoformat(query["from"]), date.fromisoformat(query["to"])
    if first > last:
        raise Problem(422, "O fim vem antes do começo.", [("to", "O fim vem antes do começo.")])
    kinds = {"receipt": "receipts", "issue": "issues", "adjustment": "adjustments"}
    empty = lambda: {key: {"count": 0, "quantity": Decimal(0), "cost": Decimal(0)} for key in kinds.values()}
    spans = list(periods(first, last, query.get("by", "day")))
    sums = [empty() for _ in spans]
    for movement in world.movements:
        day = date.fromisoformat(movement["happenedAt"][:10])
        if movement["kind"] not in kinds or (
            query.get("location") and str(movement["location"]["id"]) != query["location"]
        ):
            continue
        for (start, end), parts in zip(spans, sums):
            if start <= day <= end:
                part = parts[kinds[movement["kind"]]]
                part["count"] += 1
                part["quantity"] += abs(Decimal(movement["quantity"]))
                part["cost"] += abs(Decimal(movement["cost"]))
    total = empty()
    for parts in sums:
        for key, part in parts.items():
            for name in part:
                total[key][name] += part[name]
    shown = lambda parts: {
        key: {"count": part["count"], "quantity": plain(part["quantity"]), "cost": money(part["cost"])}
        for key, part in parts.items()
    }
    items = [
        {"from": start.isoformat(), "to": end.isoformat(), **shown(parts)} for (start, end), parts in zip(spans, sums)
    ]
    if world.failures and world.failures[0].get("report"):
        items[world.failures.pop(0)["report"]]["error"] = "o prazo do relatório acabou"
    return {
        "by": query.get("by", "day"),
        "from": query["from"],
        "to": query["to"],
        "periods": items,
        "total": shown(total),
    }


def shown_take(take):
    """A stock-take as lists show it."""
    differing = sum(count["quantity"] != count["expected"] for count in take["counts"])
    return {
        **{key: value for key, value in take.items() if key != "counts"},
        "counted": len(take["counts"]),
        "differing": differing,
    }


@route("GET", "/api/stocktakes")
def stocktakes(world, call):
    return page([shown_take(take) for take in reversed(world.stocktakes)], call.query)


@route("POST", "/api/stocktakes", "operator")
def open_stocktake(world, call):
    body = call.json()
    if any(take["state"] == "open" and take["location"]["id"] == body["location"] for take in world.stocktakes):
        raise Problem(409, "Já há uma contagem aberta neste local.")
    take = {
        "id": world.next_id("stocktake"),
        "location": world.place(body["location"]),
        "state": "open",
        "note": body.get("note", ""),
        "openedAt": now(),
        "openedBy": call.user["id"],
        "endedAt": None,
        "counts": [],
    }
    world.stocktakes.append(take)
    return 201, shown_take(take)


@route("GET", "/api/stocktakes/{id}")
def stocktake(world, call, id):
    take = one(world.stocktakes, id)
    return {**shown_take(take), "counts": take["counts"]}


@route("PUT", "/api/stocktakes/{id}/counts", "operator")
def count(world, call, id):
    take = one(world.stocktakes, id)
    if take["state"] != "open":
        raise Problem(409, "Esta contagem já foi encerrada.")
    for entry in call.json():
        product = one(world.products, entry["product"])
        held = world.balances.get((product["id"], take["location"]["id"]), [Decimal(0)])[0]
        counted = decimal(entry, "quantity", 0)
        take["counts"] = [other for other in take["counts"] if other["product"]["id"] != product["id"]]
        take["counts"].insert(
            0,
            {
                "product": {**world.brief(product), "gtin": product["gtin"]},
                "quantity": plain(counted),
                "expected": plain(held),
                "difference": plain(counted - held),
                "countedAt": now(),
            },
        )
    return {**shown_take(take), "counts": take["counts"]}


@route("DELETE", "/api/stocktakes/{id}/counts/{product}", "operator")
def uncount(world, call, id, product):
    take = one(world.stocktakes, id)
    if take["state"] != "open":
        raise Problem(409, "Esta contagem já foi encerrada.")
    kept = [count for count in take["counts"] if str(count["product"]["id"]) != product]
    if len(kept) == len(take["counts"]):
        raise Problem(404, "Este produto não foi contado.")
    take["counts"] = kept


@route("POST", "/api/stocktakes/{id}/{action}", "operator")
def end(world, call, id, action):
    take = one(world.stocktakes, id)
    if take["state"] != "open":
        raise Problem(409, "Esta contagem já foi encerrada.")
    take.update(state="closed" if action == "close" else "cancelled", endedAt=now())
    for entry in take["counts"] if action == "close" else []:
        if Decimal(entry["difference"]):
            world.post(
                "adjustment",
                one(world.products, entry["product"]["id"]),
                take["location"]["id"],
                entry["difference"],
                reference=f"INV {id}",
                user=call.user["id"],
            )
    return shown_take(take)
