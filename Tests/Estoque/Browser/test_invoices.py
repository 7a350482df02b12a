"""Fiscal documents: dropping files, watching, deciding."""

import tempfile
import zipfile
from pathlib import Path

from support.case import BrowserCase
from support.goods import number, product
from support.invoice import invoice


class InvoiceTests(BrowserCase):
    def drop_files(self, files):
        self.drop(".dropzone", {name: content.decode() for name, content in files.items()})

    def test_dropped_files_are_worked_one_by_one_and_a_bad_one_harms_none(self):
        own, bare = invoice([("F1", "Item de teste", "UN", 2, 10)])
        self.go("/nfe")
        self.drop_files({f"nota-{own}.xml": bare, f"ruim-{own}.xml": b"<nfeProc><aberto>", f"carta-{own}.txt": b"nada"})
        self.see("Tudo processado")
        self.see("1 a revisar")
        self.see("2 recusada")
        self.write("Buscar", f"ruim-{own}")
        self.until(lambda: len(self.all("main tbody tr")) == 1)
        self.see("recusada", "tbody")
        self.until(lambda: len(self.words("main tbody tr").split("recusada")[1].strip()) > 10, "no reason is given")

    def test_a_zip_from_the_file_picker(self):
        folder = Path(tempfile.mkdtemp())
        first, one = invoice([("F1", "Um", "UN", 1, 10)])
        second, two = invoice([("F2", "Dois", "UN", 1, 10)])
        with zipfile.ZipFile(folder / f"lote-{first}.zip", "w") as archive:
            archive.writestr("um.xml", one)
            archive.writestr("dois.xml", two)
        self.go("/nfe")
        self.find(".dropzone input[type=file]").send_keys(str(folder / f"lote-{first}.zip"))
        self.see("2 a revisar")
        self.write("Buscar", str(second))
        self.see(f"{second:,}".replace(",", "."), "tbody")

    def test_a_review_maps_lines_to_products(self):
        own = number()
        known = product(self.api, "Caixa de parafusos")
        _, bare = invoice([(f"F{own}", known["name"], "CX", 3, 24), (f"G{own}", f"Novidade {own}", "UN", 5, 2)])
        self.go("/nfe")
        self.drop_files({f"revisar-{own}.xml": bare})
        self.see("1 a revisar")
        self.write("Buscar", f"revisar-{own}")
        self.until(lambda: len(self.all("main tbody tr")) == 1)
        self.find("main tbody tr a.title").click()
        self.see("Revisão")
        self.press("Aceitar e movimentar")
        self.see("Escolha o produto, ou crie um novo.")
        self.choose_product("Produto do item 1", known)
        self.write("Fator do item 1", "12")
        self.see("resulta em 36 UN")
        self.press("Criar produtos que faltam")
        self.see("Todos os itens têm produto.")
        self.press("Aceitar e movimentar")
        self.see("aceita", ".head")
        stock = self.api.get(f"/products/{known['id']}")["stock"]
        self.assertEqual("36", stock[0]["quantity"])
        made = self.api.get("/products", search=f"Novidade {own}")["items"]
        self.assertEqual(1, len(made))

    def test_a_review_can_be_rejected(self):
        own, bare = invoice([("F1", "Não queremos", "UN", 1, 10)])
        self.go("/nfe")
        self.drop_files({f"rejeitar-{own}.xml": bare})
        self.see("1 a revisar")
        self.write("Buscar", f"rejeitar-{own}")
        self.until(lambda: len(self.all("main tbody tr")) == 1)
        self.find("main tbody tr a.title").click()
        self.press("Recusar")
        self.see("Recusar esta nota?")
        self.press("Recusar")
        self.see("recusada", ".head")

    def test_where_goods_go_is_decided_where_the_document_does_not_tell(self):
        goods = product(self.api, "Devolvido", stock=10)
        own, entry = invoice([(f"D{number()}", goods["name"], "UN", 4, 10)], is_authorised=True, operation=0)
        self.go("/nfe")
        self.drop_files({f"entrada-{own}.xml": entry})
        self.see("1 a revisar")
        self.write("Buscar", f"entrada-{own}")
        self.until(lambda: len(self.all("main tbody tr")) == 1)
        self.find("main tbody tr a.title").click()
        self.see("decida o sentido")
        self.choose_product("Produto do item 1", goods)
        self.press("Aceitar e movimentar")
        self.see("Diga se a mercadoria entra ou sai.")
        self.choose("Sentido", "Saída")
        self.press("Aceitar e movimentar")
        self.see("aceita", ".head")
        self.assertEqual("6", self.api.get(f"/products/{goods['id']}")["stock"][0]["quantity"])

    def test_states_filter_and_tell_their_numbers(self):
        own, bare = invoice([("F1", "Contada", "UN", 1, 10)])
        self.go("/nfe")
        self.drop_files({f"contar-{own}.xml": bare, f"contar-{own}-ruim.xml": b"<nada>"})
        self.see("Tudo processado")
        self.write("Buscar", f"contar-{own}")
        for chip in ("Todas\n2", "A revisar\n1", "Recusada\n1", "Aceita\n0"):
            self.see(chip, ".chips[role=group]")
        self.press("A revisar")
        self.settle()
        self.assertIn("estado=review", self.driver.current_url)
        self.assertEqual("true", self.control("A revisar").get_attribute("aria-pressed"))
        self.see("Todas\n2", ".chips[role=group]")
        self.until(lambda: len(self.all("main tbody tr")) == 1)
