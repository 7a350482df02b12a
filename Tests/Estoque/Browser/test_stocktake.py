"""Counting with a scanner."""

from selenium.webdriver.common.keys import Keys
from support.case import BrowserCase
from support.goods import place, product


class StocktakeTests(BrowserCase):
    def setUp(self):
        super().setUp()
        for take in self.api.get("/stocktakes")["items"]:
            if take["state"] == "open":
                self.api.post(f"/stocktakes/{take['id']}/cancel")

    def test_opens_counts_and_closes_with_the_keyboard(self):
        made = product(self.api, "Contado", stock=10)
        self.go("/inventario")
        self.press("Nova contagem")
        self.choose("Local", place(self.api)["name"])
        self.press("Abrir contagem")
        self.see("Contagem", "h1")
        self.until(lambda: self.driver.switch_to.active_element == self.field("Código de barras"))
        self.keys(made["gtin"], Keys.ENTER)
        self.see(made["name"])
        self.until(lambda: self.driver.switch_to.active_element == self.field("Quantidade contada"))
        self.keys("8,5", Keys.ENTER)
        self.see("Gravado: 8,5 UN")
        self.until(lambda: self.driver.switch_to.active_element == self.field("Código de barras"))
        self.see("−1,5", "tbody")
        self.press("Encerrar contagem")
        self.see("1 diferença será lançada")
        self.press("Encerrar")
        self.see("encerrada", ".head")
        stock = self.api.get(f"/products/{made['id']}")["stock"]
        self.assertEqual("8.5", stock[0]["quantity"])

    def test_a_count_is_taken_back(self):
        kept, gone = product(self.api, "Certo", stock=3), product(self.api, "Engano", stock=7)
        take = self.api.post("/stocktakes", {"location": place(self.api)["id"]})
        counts = [{"product": item["id"], "quantity": "2"} for item in (kept, gone)]
        self.api.send("PUT", f"/stocktakes/{take['id']}/counts", counts)
        self.go(f"/inventario/{take['id']}")
        self.press(f"Desfazer a contagem de {gone['name']}")
        self.see("volta a não ter sido contado")
        self.press("Desfazer")
        self.see("Contagem desfeita")
        self.see_not(gone["name"], "tbody")
        self.press("Encerrar contagem")
        self.see("1 produto contado; 1 diferença será lançada")
        self.press("Encerrar")
        self.see("encerrada", ".head")
        self.assertEqual("7", self.api.get(f"/products/{gone['id']}")["stock"][0]["quantity"])

    def test_a_cancelled_one_changes_nothing(self):
        made = product(self.api, "Não contado", stock=5)
        take = self.api.post("/stocktakes", {"location": place(self.api)["id"]})
        self.go(f"/inventario/{take['id']}")
        self.field("Código de barras").send_keys(made["code"], Keys.ENTER)
        self.until(lambda: self.driver.switch_to.active_element == self.field("Quantidade contada"))
        self.keys("1", Keys.ENTER)
        self.see("−4", "tbody")
        self.press("Cancelar contagem")
        self.press("Cancelar contagem")
        self.see("cancelada", ".head")
        self.assertEqual("5", self.api.get(f"/products/{made['id']}")["stock"][0]["quantity"])
