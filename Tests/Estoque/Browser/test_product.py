"""One product: making, changing, and two people changing it."""

from support.case import BrowserCase
from support.goods import gtin, number, product


class ProductTests(BrowserCase):
    def test_makes_a_product(self):
        own = number()
        self.go("/produtos/novo")
        self.write("Nome", f"Grampo {own}")
        self.write("Código", f"G{own}")
        self.write("Código de barras (GTIN)", gtin(own))
        self.write("Estoque mínimo", "1.250,5")
        self.press("Cadastrar")
        self.see(f"Grampo {own}", "h1")
        self.see("1.250,5 UN")
        found = self.api.get(f"/products/barcode/{gtin(own)}")
        self.assertEqual("1250.5", found["minimum"])

    def test_says_beside_the_field_what_is_wrong(self):
        taken = product(self.api, "Tomado")
        self.go("/produtos/novo")
        self.press("Cadastrar")
        self.see("Preencha este campo.")
        self.write("Nome", "Outro")
        self.write("Código", taken["code"])
        self.write("Estoque mínimo", "doze")
        self.press("Cadastrar")
        self.see("Escreva um número")
        self.write("Estoque mínimo", "12")
        self.press("Cadastrar")
        self.until(
            lambda: self.all("form [role=alert].banner:not([hidden]), .field [aria-invalid=true]"),
            "a code that is taken is not told",
        )
        self.assertIn("/produtos/novo", self.driver.current_url)

    def test_changes_a_product(self):
        made = product(self.api, "Antes")
        self.go(f"/produtos/{made['id']}")
        self.press("Editar")
        self.write("Nome", f"Depois {made['code']}")
        self.press("Salvar")
        self.dialog_closed()
        self.see(f"Depois {made['code']}", "h1")

    def test_a_conflict_shows_what_the_other_changed_and_loses_nothing(self):
        made = product(self.api, "Disputado")
        self.go(f"/produtos/{made['id']}")
        self.press("Editar")
        self.write("Nome", f"Meu nome {made['code']}")
        body = {key: made[key] for key in ("code", "name", "unit", "gtin", "ncm", "category", "active")} | {
            "minimum": "77"
        }
        _, headers = self.api.send("GET", f"/products/{made['id']}")
        self.api.send("PUT", f"/products/{made['id']}", body, headers={"If-Match": headers["ETag"]})
        self.press("Salvar")
        self.see("Outra pessoa alterou este produto")
        self.see("de “0” para “77”")
        self.assertEqual(f"Meu nome {made['code']}", self.field("Nome").get_attribute("value"))
        self.press("Salvar")
        self.dialog_closed()
        self.see(f"Meu nome {made['code']}", "h1")

    def test_shows_stock_and_movements(self):
        made = product(self.api, "Guardado", stock=40)
        self.go(f"/produtos/{made['id']}")
        self.see("40 UN")
        self.see("+40 UN")
        self.see("entrada")
        self.see("R$ 100,00")

    def test_asks_for_a_label(self):
        made = product(self.api, "Etiquetado", stock=1)
        self.go(f"/produtos/{made['id']}")
        self.press("Etiquetas")
        self.write("Quantas etiquetas", "0")
        self.press("Baixar PDF")
        self.see("Um número de 1 a 500.")
        self.write("Quantas etiquetas", "31")
        self.write("Começar na etiqueta", "3")
        self.assertTrue(self.download("Baixar PDF", is_text=False).startswith(b"%PDF"))
        self.dialog_closed()

    def test_a_label_that_cannot_be_is_told(self):
        made = product(self.api, "Sem barras", code=f"AÇÃO-{number()}", gtin=None)
        self.go(f"/produtos/{made['id']}")
        self.press("Etiquetas")
        self.press("Baixar PDF")
        self.see("código de barras")

    def test_an_unknown_product_is_told(self):
        self.go("/produtos/999999999")
        self.see("Não encontrado")
