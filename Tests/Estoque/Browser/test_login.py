"""Signing in and out."""

from support.case import BrowserCase, only_mock
from support.site import LOGIN, PASSWORD, URL


class LoginTests(BrowserCase):
    user = None

    def setUp(self):
        self.forget_user()
        super().setUp()

    def tearDown(self):
        self.forget_user()
        super().tearDown()

    def enter(self, password=PASSWORD):
        self.write("Usuário", LOGIN)
        self.write("Senha", password)
        self.press("Entrar")

    def test_asks_to_sign_in_and_comes_back_to_the_page(self):
        self.driver.get(URL + "/movimentos?tipo=issue")
        self.find("main.login")
        self.assertIn("/entrar?voltar=", self.driver.current_url)
        self.enter()
        self.see("Movimentos", "h1")
        self.assertTrue(self.driver.current_url.endswith("/movimentos?tipo=issue"))

    def test_a_wrong_password_is_told_and_nothing_else(self):
        self.driver.get(URL + "/")
        self.enter("não é esta senha")
        self.see("senha", "[role=alert].banner")
        self.assertIn("/entrar", self.driver.current_url)
        self.assertEqual(LOGIN, self.field("Usuário").get_attribute("value"))

    def test_empty_fields_are_named(self):
        self.driver.get(URL + "/")
        self.press("Entrar")
        self.see("Informe o usuário.")
        self.see("Informe a senha.")
        self.assertEqual("true", self.field("Usuário").get_attribute("aria-invalid"))

    def test_does_not_lead_to_another_site(self):
        self.driver.get(URL + "/entrar?voltar=//example.org/")
        self.enter()
        self.see("Painel", "h1")
        self.assertTrue(self.driver.current_url.startswith(URL))

    def test_signs_out(self):
        self.driver.get(URL + "/")
        self.enter()
        self.see("Painel", "h1")
        self.find(".avatar").click()
        self.press("Sair")
        self.find("main.login")
        self.driver.get(URL + "/estoque")
        self.find("main.login")

    @only_mock
    def test_an_ended_session_asks_again_and_returns(self):
        self.driver.get(URL + "/")
        self.enter()
        self.see("Painel", "h1")
        self.api.order("expire")
        self.script("document.querySelector('.menu a[data-name=movimentos]').click()")
        self.find("main.login")
        self.see("Sua sessão terminou")
        self.enter()
        self.see("Movimentos", "h1")
        type(self).api.__init__()
