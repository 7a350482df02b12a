"""A server that is busy, away, or slow: only with the one that can be told to be so."""

from support.case import BrowserCase, only_mock
from support.goods import product


@only_mock
class TroubleTests(BrowserCase):
    def fail_next(self, path, status, **more):
        self.api.order("fail", {"path": f"/api{path}", "status": status, **more})

    def network(self, is_offline):
        self.driver.execute_cdp_cmd("Network.enable", {})
        self.driver.execute_cdp_cmd(
            "Network.emulateNetworkConditions",
            {"offline": is_offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1},
        )

    def test_a_busy_server_is_asked_again_when_it_says(self):
        for status in (429, 503):
            with self.subTest(status):
                self.go("/conta")
                self.fail_next("/movements", status, retryAfter=2)
                self.script("document.querySelector('.menu a[data-name=movimentos]').click()")
                self.see("O servidor está ocupado. Nova tentativa em 2 s…")
                self.find("main tbody tr")

    def test_a_server_that_stays_busy_is_told_with_a_way_to_try_again(self):
        self.fail_next("/stocktakes", 503, retryAfter=0, times=3)
        self.go("/inventario")
        self.see("Servidor ocupado")
        self.press("Tentar de novo")
        self.until(lambda: "Servidor ocupado" not in self.words("main"), "trying again does nothing")

    def test_an_error_of_the_server_is_told(self):
        self.fail_next("/dashboard", 500, detail="o banco de dados não respondeu")
        self.go("/")
        self.see("O banco de dados não respondeu.")
        self.press("Tentar de novo")
        self.see("Produtos ativos")

    def test_a_movement_that_was_answered_late_is_posted_once(self):
        made = product(self.api, "Uma vez só", stock=1)
        self.go(f"/produtos/{made['id']}")
        self.press("Novo movimento")
        self.write("Quantidade", "4")
        self.fail_next("/movements", 503, method="POST", retryAfter=1)
        self.press("Registrar")
        self.dialog_closed()
        self.assertEqual("5", self.api.get(f"/products/{made['id']}")["stock"][0]["quantity"])

    def test_without_a_network_it_says_so_keeps_what_was_typed_and_comes_back(self):
        made = product(self.api, "Desligado", stock=1)
        self.go(f"/produtos/{made['id']}")
        self.press("Novo movimento")
        self.write("Quantidade", "2")
        self.network(True)
        try:
            self.press("Registrar")
            self.see("Sem conexão com o servidor", "dialog")
            self.assertEqual("2", self.field("Quantidade").get_attribute("value"))
            self.see("Tentando de novo…", ".notice")
        finally:
            self.network(False)
        self.until(lambda: not self.find(".notice").is_displayed(), "the notice stays")
        self.press("Registrar")
        self.dialog_closed()
        self.assertEqual("3", self.api.get(f"/products/{made['id']}")["stock"][0]["quantity"])

    def test_a_refused_right_is_told(self):
        made = product(self.api, "Proibido", stock=1)
        self.go(f"/produtos/{made['id']}")
        self.fail_next(f"/products/{made['id']}", 403, detail="seu perfil não permite isto")
        self.press("Editar")
        self.see("Seu perfil não permite isto.", ".toasts")
