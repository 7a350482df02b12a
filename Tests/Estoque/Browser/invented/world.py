"""The data: the same each time, and relative to today."""

import random
import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from . import names
from .decimals import money, plain


def now():
    """This moment, as the API writes it."""
    return stamp(datetime.now(UTC))


def stamp(moment):
    """A moment as RFC 3339 in UTC."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def gtin13(number):
    """Thirteen digits with their check digit."""
    digits = f"789{number:09d}"
    total = sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(digits))
    return digits + str((10 - total % 10) % 10)


class World:
    """Everything that the server knows, under one lock."""

    def __init__(self):
        self.lock = threading.RLock()
        self.listeners = []
        self.failures = []
        self.answers = {}
        self.sessions = {}
        self.tokens = []
        self.audit = []
        self.movements = []
        self.balances = {}
        self.nfe = []
        self.staging, self.dealers = [], []
        self.imports, self.exports, self.stocktakes, self.supplier_products = [], [], [], []
        self.ids = {}
        self.event = 0
        self.categories = [{"id": index + 1, "name": name, "version": 1} for index, name in enumerate(names.CATEGORIES)]
        self.locations = [
            {"id": index + 1, "code": code, "name": name, "active": True, "version": 1}
            for index, (code, name) in enumerate(names.LOCATIONS)
        ]
        self.users = [
            {
                "id": index + 1,
                "login": login,
                "name": name,
                "role": role,
                "active": True,
                "version": 1,
                "createdAt": stamp(datetime.now(UTC) - timedelta(days=400 - index * 60)),
                "lastLogin": stamp(datetime.now(UTC) - timedelta(days=index)) if index < 2 else None,
                "password": names.PASSWORD,
            }
            for index, (login, name, role) in enumerate(names.USERS)
        ]
        self.products = []
        self._make_products()
        self._make_movements()
        self.record("login", "user:1", "", self.users[0])

    def next_id(self, kind, start=1):
        """The next number of a kind."""
        self.ids[kind] = self.ids.get(kind, start - 1) + 1
        return self.ids[kind]

    def _make_products(self):
        for category, name, unit, cost, sizes in names.GOODS:
            for size in sizes:
                self.add_product(name.format(size), unit, category + 1, cost)
        for attack in names.ATTACKS:
            self.add_product(attack, "UN", 1, "1")

    def add_product(self, name, unit="UN", category=None, cost="1", **more):
        """A product, with a code and a bar code where none is given."""
        number = self.next_id("product")
        product = {
            "id": number,
            "version": 1,
            "code": f"P{number:04d}",
            "name": name,
            "unit": unit,
            "gtin": gtin13(number),
            "ncm": "73181500",
            "category": category,
            "minimum": "0",
            "active": True,
            "unitCost": cost,
        }
        product.update(more)
        self.products.append(product)
        return product

    def _make_movements(self):
        chance = random.Random(20_260)
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        for product in self.products:
            start = chance.randint(40, 900)
            product["minimum"] = plain(chance.choice([0, 20, 50, 100, 120]))
            self.post("receipt", product, 1, start, Decimal(product["unitCost"]), today - timedelta(days=45), "NF 1200")
        for back in range(44, -1, -1):
            weekday = (today - timedelta(days=back)).weekday()
            busy = 2 if weekday >= 5 else 13
            for _ in range(chance.randint(busy // 2, busy)):
                product = chance.choice(self.products[:-2])
                moment = min(
                    today - timedelta(days=back) + timedelta(minutes=chance.randint(8 * 60, 18 * 60)),
                    datetime.now(UTC) - timedelta(minutes=chance.randint(2, 50)),
                )
                held = self.balances.get((product["id"], 1), [Decimal(0)])[0]
                if chance.random() < 0.68 and held > 12:
                    self.post(
                        "issue",
                        product,
                        1,
                        -min(held, chance.randint(2, 60)),
                        None,
                        moment,
                        f"PED {chance.randint(4000, 4999)}",
                    )
                elif chance.random() < 0.2 and held > 20:
                    self.transfer(product, 1, 2, chance.randint(2, 15), moment)
                else:
                    self.post(
                        "receipt",
                        product,
                        1,
                        chance.randint(10, 90),
                        Decimal(product["unitCost"]),
                        moment,
                        f"NF {chance.randint(1300, 1900)}",
                    )

    def post(
        self,
        kind,
        product,
        location,
        quantity,
        unit_cost=None,
        moment=None,
        reference="",
        note="",
        user=1,
        reverses=None,
        lot=None,
    ):
        """One movement, with its balance; the average cost where none is given."""
        quantity = Decimal(quantity)
        balance = self.balances.setdefault((product["id"], location), [Decimal(0), Decimal(0)])
        average = balance[1] / balance[0] if balance[0] > 0 else Decimal(product["unitCost"])
        cost = quantity * (unit_cost if unit_cost is not None and quantity > 0 else average)
        balance[0] += quantity
        balance[1] += cost
        number = self.next_id("movement")
        movement = {
            "id": number,
            "posting": number,
            "product": self.brief(product),
            "location": self.place(location),
            "lot": lot,
            "kind": kind,
            "quantity": plain(quantity),
            "cost": money(cost),
            "balance": plain(balance[0]),
            "happenedAt": stamp(moment or datetime.now(UTC)),
            "reference": reference,
            "note": note,
            "reverses": reverses,
            "reversedBy": None,
            "origin": "api",
            "user": {"id": user, "name": self.users[user - 1]["name"]},
        }
        self.movements.append(movement)
        return movement

    def transfer(self, product, source, target, quantity, moment=None, reference="", note="", user=1):
        """What goes from one place and comes to another."""
        gone = self.post("transfer", product, source, -Decimal(quantity), None, moment, reference, note, user)
        self.post("transfer", product, target, quantity, None, moment, reference, note, user)
        return gone

    def brief(self, product):
        """A product as lists show it."""
        return {key: product[key] for key in ("id", "code", "name", "unit")}

    def place(self, number):
        """A place as lists show it."""
        found = self.locations[number - 1]
        return {"id": found["id"], "code": found["code"]}

    def record(self, action, subject, detail, user, address="127.0.0.1"):
        """A line of the audit log."""
        self.audit.append(
            {
                "id": self.next_id("audit"),
                "happenedAt": now(),
                "user": user["id"],
                "login": user["login"],
                "action": action,
                "subject": subject,
                "detail": detail,
                "address": address,
            }
        )

    def tell(self, kind, item):
        """An event to all who listen."""
        with self.lock:
            self.event += 1
            for queue in list(self.listeners):
                queue.put((self.event, kind, item))
