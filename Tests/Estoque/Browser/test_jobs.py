"""Imports and exports."""

from support.case import BrowserCase
from support.goods import number, product


class ImportTests(BrowserCase):
    def drop_table(self, own, titles="Codigo;Nome;Unidade"):
        rows = [f"I{own}-{row};Importado {own} nº {row};UN" for row in range(1, 31)] + [f";Sem código {own};UN"]
        self.drop(".dropzone", {f"produtos-{own}.csv": "\r\n".join([titles, *rows])})

    def test_products_with_a_preview_progress_and_failures(self):
        own = number()
        self.go("/importacoes/nova")
        self.drop_table(own)
        self.see("ponto e vírgula")
        self.see(f"Importado {own} nº 1", ".sample")
        self.press("Importar")
        self.see("Importações", "h1")
        self.see(f"produtos-{own}.csv", "tbody")
        self.see("pronto", "tbody tr")
        self.see("1 falha", "tbody tr")
        self.assertIn(f"Sem código {own}", self.download("Falhas em CSV"))
        self.assertEqual(30, self.api.get("/products", search=f"Importado {own}", limit=50)["total"])

    def test_columns_are_given_a_meaning_by_hand(self):
        own = number()
        self.go("/importacoes/nova")
        self.drop_table(own, "Codigo;bbb;ccc")
        self.find(".sample select")
        self.choose("Significado da coluna Codigo", "Não importar")
        self.press("Importar")
        self.see("Falta dizer qual coluna é Código.")
        self.choose("Significado da coluna Codigo", "Código")
        self.choose("Significado da coluna bbb", "Código")
        self.press("Importar")
        self.see("Duas colunas estão marcadas como Código.")
        self.choose("Significado da coluna bbb", "Nome")
        self.press("Importar")
        self.see(f"produtos-{own}.csv", "tbody")
        self.see("pronto", "tbody tr")

    def test_the_same_file_again_is_asked_about(self):
        own = number()
        for _ in range(2):
            self.go("/importacoes/nova")
            self.drop_table(own)
            self.find(".sample select")
            self.press("Importar")
            self.until(lambda: self.all("dialog[open]") or self.words("h1") == "Importações")
        self.see("Importar de novo?")
        self.press("Importar de novo")
        self.see("Importações", "h1")
        self.until(lambda: len([row for row in self.all("tbody tr") if f"produtos-{own}.csv" in row.text]) == 2)


class ExportTests(BrowserCase):
    def test_makes_downloads_and_deletes_a_file(self):
        product(self.api, "Exportado", stock=8)
        self.go("/exportacoes")
        self.press("Nova exportação")
        self.pick("Estoque")
        self.choose("Formato", "CSV")
        self.press("Exportar")
        self.dialog_closed()
        self.see("Exportação iniciada")
        self.see("pronto", "tbody tr")
        self.assertGreater(len(self.download("Baixar").splitlines()), 1)
        self.find("tbody tr [aria-label^='Excluir']").click()
        self.see("Excluir a exportação?")
        self.press("Excluir")
        self.see("Exportação excluída")

    def test_a_range_that_ends_before_it_begins_is_refused(self):
        self.go("/exportacoes")
        self.press("Nova exportação")
        self.set_date("De", "2026-10-10")
        self.set_date("Até", "2026-10-01")
        self.press("Exportar")
        self.see("O fim vem antes do começo.")

    def test_movements_as_csv_at_once(self):
        product(self.api, "Corrido", stock=2)
        self.go("/movimentos")
        self.assertGreater(len(self.download("Baixar CSV").splitlines()), 1)
