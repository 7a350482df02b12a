"""What dealers say about products that nobody knows yet."""

from support.case import BrowserCase
from support.goods import number, product


class StagingTests(BrowserCase):
    def bring(self, own):
        """Imports three lines of a dealer."""
        rows = [f"Revenda {own};V{own}-{row};Item {own} nº {row}" for row in (1, 2, 3)]
        self.go("/importacoes/nova")
        self.drop(".dropzone", {f"revenda-{own}.csv": "\r\n".join(["Revenda;Codigo;Nome", *rows])})
        self.find(".sample select")
        self.pick("Produtos por revenda")
        self.press("Importar")
        self.see(f"revenda-{own}.csv", "tbody")
        self.see("pronto", "tbody tr")
        self.press("Revendas")
        self.see("Revendas", "h1")
        self.write("Buscar", str(own))
        self.until(lambda: len(self.all("main tbody tr")) == 3)

    def test_lines_wait_until_their_product_is_known(self):
        own = number()
        known = product(self.api, "Igual")
        self.bring(own)
        self.see("em espera", "tbody")
        self.press(f"Escolher o produto de V{own}-1")
        self.press("Vincular")
        self.see("Escolha o produto, ou crie um novo.")
        self.choose_product("Produto", known)
        self.press("Vincular")
        self.dialog_closed()
        self.until(lambda: len(self.all("main tbody tr")) == 2)
        self.press(f"Escolher o produto de V{own}-2")
        self.pick("Criar produto novo")
        self.press("Vincular")
        self.dialog_closed()
        self.until(lambda: len(self.all("main tbody tr")) == 1)
        self.press(f"Descartar V{own}-3")
        self.see("é esquecido")
        self.press("Descartar")
        self.see("Nenhuma linha com estes filtros")
        self.choose("Situação", "Todas")
        self.until(lambda: len(self.all("main tbody tr")) == 2)
        self.see(known["name"], "tbody")
        self.see("com produto", "tbody")
        self.assertEqual(1, self.api.get("/products", search=f"V{own}-2")["total"])
        self.go(f"/produtos/{known['id']}")
        self.see("Nas revendas")
        self.see(f"Revenda {own}", "[aria-label='Nas revendas']")

    def test_products_that_have_come_since_are_linked_together(self):
        own = number()
        self.bring(own)
        product(self.api, "Chegou", code=f"V{own}-2", gtin=None)
        self.press("Vincular os já cadastrados")
        self.see("vinculada")
        self.until(lambda: len(self.all("main tbody tr")) == 2)
