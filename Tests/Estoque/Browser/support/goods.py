"""What tests make, each with names of its own, so that they can run against any data, and twice."""

import itertools
import time

numbers = itertools.count(int(time.time()) % 10_000_000 * 10)


def number():
    """A number that no other test has."""
    return next(numbers)


def gtin(base):
    """Thirteen digits with their check digit (GS1)."""
    digits = f"200{base % 10**9:09d}"
    total = sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(digits))
    return digits + str((10 - total % 10) % 10)


def product(api, name="Produto de teste", stock=None, **fields):
    """A product through the API, with stock at the first place if wanted."""
    own = number()
    made = api.post(
        "/products", {"code": f"T{own}", "name": f"{name} {own}", "unit": "UN", "gtin": gtin(own), **fields}
    )
    if stock:
        api.post(
            "/movements",
            {
                "kind": "receipt",
                "product": made["id"],
                "location": place(api)["id"],
                "quantity": str(stock),
                "unitCost": "2.5",
            },
        )
    return made


def place(api):
    """The first place."""
    return min(api.get("/locations")["items"], key=lambda item: item["id"])
