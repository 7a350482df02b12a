"""The panel."""

from selenium.webdriver.common.keys import Keys
from support.case import BrowserCase
from support.goods import product


class DashboardTests(BrowserCase):
    def test_shows_the_figures_of_the_api(self):
        product(self.api, "Parafuso", stock=12)
        data = self.api.get("/dashboard")
        self.go("/")
        figures = self.words(".figures")
        self.assertIn(f"Produtos ativos {data['products']:,}".replace(",", "."), " ".join(figures.split()))
        cents = data["stockValue"].split(".")[1] if "." in data["stockValue"] else "00"
        self.assertIn(f",{cents}", figures)
        self.assertIn("R$ ", figures)

    def test_the_chart_is_read_with_arrow_keys_and_as_a_table(self):
        product(self.api, "Arruela", stock=5)
        self.go("/")
        chart = self.find(".chart svg[role=img]")
        self.script("arguments[0].focus()", chart)
        self.keys(Keys.END)
        self.see("entrada", ".chart .readout")
        last = self.words(".chart .readout")
        self.keys(Keys.LEFT)
        self.until(lambda: self.words(".chart .readout") != last, "the arrow keys do nothing")
        self.press("Ver como tabela")
        self.assertEqual(30, len(self.all(".chart ~ details tbody tr, details tbody tr")))

    def test_recent_movements_lead_to_the_product(self):
        made = product(self.api, "Rebite", stock=7)
        self.go("/")
        self.see(made["name"])
        self.press(made["name"])
        self.see(made["name"], "h1")

    def test_new_figures_come_by_themselves(self):
        self.go("/")
        made = product(self.api, "Chegou agora", stock=3)
        self.see(made["name"])
