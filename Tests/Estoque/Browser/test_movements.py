"""Movements: entry, exit, adjustment, transfer, reversal."""

from support.case import BrowserCase
from support.goods import place, product


class MovementTests(BrowserCase):
    def stock(self, made):
        return {
            entry["location"]["id"]: entry["quantity"] for entry in self.api.get(f"/products/{made['id']}")["stock"]
        }

    def begin(self, made, kind, quantity):
        self.press("Novo movimento")
        self.pick(kind)
        self.choose_product("Produto", made)
        self.write("Quantidade", quantity)

    def test_an_entry_and_its_reversal_with_a_reason(self):
        made = product(self.api, "Entrado")
        self.go("/movimentos")
        self.begin(made, "Entrada", "1.200,25")
        self.write("Custo unitário (R$)", "3,50")
        self.write("Documento", f"DOC {made['code']}")
        self.press("Registrar")
        self.dialog_closed()
        self.see("Movimento registrado")
        self.see(f"DOC {made['code']}", "tbody")
        self.see("+1.200,25 UN", "tbody")
        self.press(f"Estornar o movimento de {made['name']}")
        self.press("Estornar")
        self.see("Diga por que o movimento é estornado.")
        self.write("Motivo", "lançado por engano")
        self.press("Estornar")
        self.dialog_closed()
        self.see("Movimento estornado")
        self.see("−1.200,25 UN", "tbody")
        self.assertIn(self.stock(made).get(place(self.api)["id"], "0"), ("0", None))

    def test_an_exit_takes_no_more_than_there_is(self):
        made = product(self.api, "Saído", stock=10)
        self.go("/movimentos")
        self.begin(made, "Saída", "25")
        self.press("Registrar")
        self.until(
            lambda: self.all("dialog [role=alert].banner:not([hidden]), dialog [aria-invalid=true]"),
            "too much went out without a word",
        )
        self.write("Quantidade", "4")
        self.press("Registrar")
        self.dialog_closed()
        self.assertEqual("6", self.stock(made)[place(self.api)["id"]])

    def test_an_adjustment_goes_both_ways(self):
        made = product(self.api, "Ajustado", stock=10)
        self.go(f"/produtos/{made['id']}")
        self.press("Novo movimento")
        self.pick("Ajuste")
        self.choose("Sentido do ajuste", "Decréscimo")
        self.write("Quantidade", "2,5")
        self.write("Observação", "quebra")
        self.press("Registrar")
        self.dialog_closed()
        self.see("−2,5 UN")
        self.see("quebra")
        self.assertEqual("7.5", self.stock(made)[place(self.api)["id"]])

    def test_a_transfer_needs_two_places(self):
        places = sorted(
            (item for item in self.api.get("/locations")["items"] if item["active"]), key=lambda item: item["id"]
        )
        if len(places) < 2:
            self.skipTest("there is one place only")
        made = product(self.api, "Levado", stock=9)
        self.go("/movimentos")
        self.begin(made, "Transferência", "4")
        self.choose("Local", places[0]["code"])
        self.choose("Para o local", places[0]["code"])
        self.press("Registrar")
        self.see("Escolha outro local.")
        self.choose("Para o local", places[1]["code"])
        self.press("Registrar")
        self.dialog_closed()
        self.assertEqual({places[0]["id"]: "5", places[1]["id"]: "4"}, self.stock(made))

    def test_what_is_not_a_number_is_told_before_it_is_sent(self):
        self.go("/movimentos")
        self.press("Novo movimento")
        self.write("Quantidade", "1,2,3")
        self.press("Registrar")
        self.see("Escolha um produto da lista.")
        self.see("Escreva um número, como 12,5.")

    def test_filters_by_product_and_kind(self):
        made = product(self.api, "Filtrado", stock=3)
        self.go(f"/movimentos?produto={made['id']}")
        self.see("+3 UN", "tbody")
        self.assertEqual(1, len(self.all("main tbody tr")))
        self.choose("Tipo", "Saída")
        self.see("Nenhum movimento encontrado")
        self.assertIn("tipo=issue", self.driver.current_url)
