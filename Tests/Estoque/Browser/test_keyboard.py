"""Everything without a mouse."""

from selenium.webdriver.common.keys import Keys
from support.case import BrowserCase
from support.goods import product


class KeyboardTests(BrowserCase):
    def active(self):
        return self.script(
            "return (document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText ?? '').trim() || document.activeElement.id"
        )

    def test_shortcuts_lead_to_pages_and_are_shown(self):
        self.go("/")
        self.keys("?")
        self.see("Atalhos do teclado", "dialog")
        self.keys(Keys.ESCAPE)
        self.dialog_closed()
        for letter, title in (("e", "Estoque"), ("m", "Movimentos"), ("r", "Relatórios"), ("p", "Painel")):
            self.script("document.activeElement.blur()")
            self.find("body").send_keys("g", letter)
            self.see(title, "h1")
        self.find("body").send_keys("/")
        self.assertEqual("busca-geral", self.script("return document.activeElement.id"))

    def test_shortcuts_are_silent_while_typing(self):
        self.go("/movimentos")
        self.find("#busca-geral").send_keys("g?ne")
        self.assertEqual("g?ne", self.find("#busca-geral").get_attribute("value"))
        self.assertFalse(self.all("dialog[open]"))

    def test_the_first_stop_leads_to_the_content(self):
        self.go("/movimentos")
        self.script("document.activeElement.blur()")
        self.keys(Keys.TAB)
        self.assertEqual("Ir para o conteúdo", self.active())
        self.keys(Keys.ENTER)
        self.until(lambda: self.script("return document.activeElement.id") == "conteudo")

    def test_a_new_page_is_announced(self):
        self.go("/")
        self.script("document.querySelector('.menu a[data-name=movimentos]').focus()")
        self.keys(Keys.ENTER)
        self.see("Movimentos", "h1")
        self.until(lambda: self.script("return document.activeElement.tagName") == "H1", "the title is not focused")
        self.assertEqual("Movimentos · Estoque", self.driver.title)

    def test_a_movement_from_the_first_key_to_the_last(self):
        made = product(self.api, "Sem mouse", stock=5)
        self.go("/movimentos")
        self.find("body").send_keys("n")
        self.find("dialog[open]")
        self.until(lambda: self.script("return document.activeElement.getAttribute('role')") == "combobox")
        self.keys(made["code"])
        self.until(lambda: self.script("return document.querySelector('dialog [role=listbox]').children.length") == 1)
        self.keys(Keys.DOWN, Keys.ENTER)
        self.keys(Keys.TAB, Keys.TAB)
        self.keys("3")
        self.keys(Keys.ENTER)
        self.dialog_closed()
        self.see("Movimento registrado")
        self.assertEqual("8", self.api.get(f"/products/{made['id']}")["stock"][0]["quantity"])

    def test_a_dialog_keeps_the_focus_and_gives_it_back(self):
        self.go("/movimentos")
        button = self.control("Novo movimento")
        self.script("arguments[0].focus()", button)
        self.keys(Keys.ENTER)
        self.find("dialog[open]")
        for _ in range(25):
            self.keys(Keys.TAB)
            inside = self.script(
                "return document.activeElement === document.body || document.activeElement.closest('dialog') !== null"
            )
            self.assertTrue(inside, "the focus left the dialog")
        self.keys(Keys.ESCAPE)
        self.dialog_closed()
        self.until(lambda: self.driver.switch_to.active_element == button, "the focus did not come back")

    def test_the_account_menu(self):
        self.go("/")
        self.script("document.querySelector('.avatar').focus()")
        self.keys(Keys.ENTER)
        self.assertEqual("Minha conta", self.active())
        self.keys(Keys.DOWN)
        self.assertEqual("Atalhos do teclado", self.active())
        self.keys(Keys.ESCAPE)
        self.assertTrue(self.active().startswith("Conta de"))

    def test_whatever_has_the_focus_shows_it(self):
        self.go("/estoque")
        for _ in range(12):
            self.keys(Keys.TAB)
            style = self.script(
                "const s = getComputedStyle(document.activeElement); return [s.outlineStyle, parseFloat(s.outlineWidth)]"
            )
            self.assertEqual("solid", style[0], self.active())
            self.assertGreaterEqual(style[1], 2)
