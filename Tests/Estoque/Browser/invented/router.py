"""Addresses to functions."""

import re
from decimal import Decimal, InvalidOperation

from .problem import Problem

ROUTES = []
RANK = {"viewer": 1, "operator": 2, "admin": 3}


def route(method, path, role="viewer"):
    """Declares what answers an address; role None for everybody."""
    pattern = re.compile("^" + re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path) + "$")

    def declare(function):
        ROUTES.append((method, pattern, role, function))
        return function

    return declare


def find(method, path):
    """What answers, with the path's parts."""
    known = False
    for verb, pattern, role, function in ROUTES:
        match = pattern.match(path)
        if match:
            known = True
            if verb == method:
                return role, function, match.groupdict()
    raise Problem(405 if known else 404, "Nada neste endereço.")


def page(items, query, total=True):
    """A part of a list; the cursor is a position."""
    start = int(query.get("after") or 0)
    limit = max(1, min(200, int(query.get("limit") or 50)))
    part = items[start : start + limit]
    result = {"items": part, "next": str(start + limit) if start + limit < len(items) else None}
    if total and not start:
        result["total"] = len(items)
    return result


def one(items, number):
    """An item by its number."""
    for item in items:
        if str(item["id"]) == str(number):
            return item
    raise Problem(404, "Não existe, ou foi excluído.")


def decimal(body, field, least=None):
    """A decimal text of a body."""
    value = body.get(field)
    try:
        if not isinstance(value, str):
            raise InvalidOperation
        number = Decimal(value)
    except InvalidOperation:
        raise Problem(422, "Número inválido.", [(field, "Escreva um número.")]) from None
    if least is not None and number < least:
        raise Problem(422, "Número inválido.", [(field, "Deve ser maior que zero.")])
    return number
