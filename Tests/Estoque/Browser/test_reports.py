"""Reports over periods."""

from support.case import BrowserCase, only_mock
from support.goods import product


class ReportTests(BrowserCase):
    def test_totals_by_day_week_and_month(self):
        product(self.api, "Relatado", stock=6)
        self.go("/relatorios")
        self.see("Entradas", ".figures")
        self.until(lambda: len(self.all("main tbody tr")) == 30, "not thirty days")
        self.assertEqual(1, len(self.all("main tfoot tr")))
        self.pick("Mês")
        self.until(lambda: 1 <= len(self.all("main tbody tr")) <= 3, "no months")
        self.assertIn("por=month", self.driver.current_url)
        self.pick("Semana")
        self.until(lambda: 4 <= len(self.all("main tbody tr")) <= 6, "no weeks")
        self.find(".chart svg[role=img]")

    def test_an_empty_range_says_so(self):
        self.go("/relatorios?de=2001-01-01&ate=2001-01-31")
        self.see("Nenhum movimento no período")

    def test_a_range_that_ends_before_it_begins(self):
        self.go("/relatorios")
        self.set_date("Até", "2001-01-01")
        self.see("O fim vem antes do começo.")

    @only_mock
    def test_a_period_that_failed_says_why_and_the_others_stand(self):
        self.api.order("fail", {"report": 3})
        self.go("/relatorios")
        self.see("1 período não pôde ser calculado")
        self.see("o prazo do relatório acabou", "tbody")
        self.assertEqual(30, len(self.all("main tbody tr")))
        self.assertEqual(1, len(self.all(".chart .missing")))
