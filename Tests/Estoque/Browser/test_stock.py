"""The stock list: search, scanner, filters."""

from selenium.webdriver.common.keys import Keys
from support.case import BrowserCase
from support.goods import number, product


class StockTests(BrowserCase):
    def rows(self):
        return [row.text for row in self.all("main tbody tr")]

    def test_search_finds_without_accents_while_typing(self):
        own = number()
        made = self.api.post("/products", {"code": f"A{own}", "name": f"Ímã de Neodímio Ação {own}", "unit": "UN"})
        self.go("/estoque")
        self.field("Buscar").send_keys(f"ima neodimio acao {own}")
        self.until(lambda: len(self.rows()) == 1 and made["name"] in self.rows()[0], "the search finds something else")
        self.assertIn("busca=ima", self.driver.current_url)
        self.driver.refresh()
        self.see(made["name"], "tbody")

    def test_nothing_found_is_said(self):
        self.go("/estoque?busca=zzqqxx")
        self.see("Nada encontrado")

    def test_a_scanner_opens_products_one_after_another(self):
        one, two = product(self.api, "Lido"), product(self.api, "Lido também")
        self.go("/estoque")
        self.assertEqual(self.field("Código de barras"), self.driver.switch_to.active_element)
        self.keys(one["gtin"], Keys.ENTER)
        self.see(one["name"], "h1")
        self.until(lambda: self.driver.switch_to.active_element == self.field("Próximo código de barras"))
        self.keys(two["gtin"], Keys.ENTER)
        self.see(two["name"], "h1")

    def test_the_focus_comes_back_to_the_scanner(self):
        self.go("/estoque")
        self.script("document.activeElement.blur()")
        self.find("h1").click()
        self.until(lambda: self.driver.switch_to.active_element == self.field("Código de barras"))

    def test_an_unknown_code_is_told(self):
        self.go("/estoque")
        self.keys("2999999999999", Keys.ENTER)
        self.see("Nenhum produto tem o código 2999999999999.")

    def test_only_what_is_below_its_minimum(self):
        low = product(self.api, "Falta", stock=2, minimum="10")
        enough = product(self.api, "Basta", stock=20, minimum="10")
        self.go(f"/estoque?busca={low['name'].split()[0]}")
        self.pick("Abaixo do mínimo")
        self.see(low["name"], "tbody")
        self.see("baixo", "tbody")
        self.write("Buscar", enough["code"])
        self.see("Nada encontrado")

    def test_more_rows_come_at_the_end(self):
        total = self.api.get("/stock", limit=1).get("total") or 0
        if total <= 60:
            self.skipTest("too few products")
        self.go("/estoque")
        self.assertEqual(50, len(self.rows()))
        self.script("arguments[0].scrollIntoView()", self.find(".list-foot"))
        self.until(lambda: len(self.rows()) > 50, "no more rows come")

    def test_the_field_above_searches_from_anywhere(self):
        made = product(self.api, "Longe")
        self.go("/conta")
        self.find("#busca-geral").send_keys(made["code"], Keys.ENTER)
        self.see(made["name"], "tbody")
        self.driver.back()
        self.see("Minha conta", "h1")
