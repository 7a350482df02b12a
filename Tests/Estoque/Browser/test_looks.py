"""Every page: accessible in light and dark, and on a phone without scrolling sideways."""

from support import chromium
from support.case import BrowserCase
from support.goods import place, product
from support.site import FOLDER, URL

AUDIT = (FOLDER / "support/accessibility.js").read_text()
PLACES = [
    "/",
    "/estoque",
    "/produtos/novo",
    "/movimentos",
    "/inventario",
    "/nfe",
    "/importacoes",
    "/importacoes/nova",
    "/importacoes/revendas",
    "/exportacoes",
    "/relatorios",
    "/cadastros",
    "/usuarios",
    "/auditoria",
    "/conta",
    "/nao-existe",
]


class LooksTests(BrowserCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        made = product(cls.api, "Com um nome bem comprido que não cabe numa linha só de telefone", stock=4, minimum="9")
        opened = [take for take in cls.api.get("/stocktakes")["items"] if take["state"] == "open"]
        take = opened[0] if opened else cls.api.post("/stocktakes", {"location": place(cls.api)["id"]})
        cls.places = PLACES + [f"/produtos/{made['id']}", f"/inventario/{take['id']}"]
        notes = cls.api.get("/nfe", state="review", limit=1)["items"]
        cls.places += [f"/nfe/{note['id']}" for note in notes]

    def audit(self, path, how):
        with self.subTest(f"{path} {how}"):
            self.assertEqual([], self.script(AUDIT))

    def test_every_page_is_accessible_in_light_and_dark_and_fits_a_phone(self):
        for path in self.places:
            chromium.size(self.driver, *chromium.DESKTOP)
            chromium.media(self.driver, prefers_color_scheme="light")
            self.go(path)
            self.audit(path, "light")
            chromium.media(self.driver, prefers_color_scheme="dark")
            self.audit(path, "dark")
            chromium.size(self.driver, *chromium.PHONE, is_phone=True)
            self.audit(path, "phone")
            with self.subTest(f"{path} sideways"):
                self.assertLessEqual(self.script("return document.documentElement.scrollWidth"), chromium.PHONE[0])

    def test_the_tester_finds_what_is_wrong(self):
        self.go("/conta")
        self.script("""
            const main = document.querySelector('main');
            const make = (tag, set) => main.append(Object.assign(document.createElement(tag), set));
            make('input', { id: 'sem-nome' });
            make('button', { id: 'sem-palavras' });
            make('img', { src: '/favicon.svg' });
            make('h4', { textContent: 'salto' });
            make('p', { textContent: 'pálido' });
            main.lastChild.style.color = getComputedStyle(document.body).backgroundColor;
            make('i', { id: 'aplicativo' });""")
        found = "\n".join(self.script(AUDIT))
        for words in (
            "without a label: input#sem-nome",
            "nothing says what this does: button#sem-palavras",
            "without alt",
            "jumps from 2 to 4",
            "contrast 1.00",
            "an id twice: aplicativo",
        ):
            self.assertIn(words, found)

    def test_dialogs_are_accessible(self):
        for scheme in ("light", "dark"):
            chromium.media(self.driver, prefers_color_scheme=scheme)
            for path, button in (
                ("/movimentos", "Novo movimento"),
                ("/exportacoes", "Nova exportação"),
                ("/usuarios", "Novo usuário"),
            ):
                with self.subTest(f"{scheme} {button}"):
                    self.go(path)
                    self.press(button)
                    self.find("dialog[open]")
                    self.assertEqual([], self.script(AUDIT))

    def test_a_phone_has_all_pages_in_its_menu(self):
        chromium.size(self.driver, *chromium.PHONE, is_phone=True)
        self.go("/")
        self.assertFalse(self.find(".side").is_displayed())
        self.press("Menu")
        self.press("Relatórios")
        self.see("Relatórios", "h1")
        self.dialog_closed()

    def test_tables_become_cards_on_a_phone(self):
        chromium.size(self.driver, *chromium.PHONE, is_phone=True)
        self.go("/estoque")
        cell = self.find("main tbody td:nth-child(2)")
        self.assertEqual("Local", cell.get_attribute("data-label"))
        self.assertEqual(
            "grid", self.script("return getComputedStyle(document.querySelector('main tbody tr')).display")
        )
        self.assertEqual("row", self.find("main tbody tr").get_attribute("role"))

    def test_the_theme_is_chosen_and_kept(self):
        background = "return getComputedStyle(document.body).backgroundColor"
        self.go("/conta")
        light = self.script(background)
        for _ in range(2):
            self.find(".top .after > button").click()
        self.assertEqual("dark", self.script("return document.documentElement.dataset.theme"))
        dark = self.script(background)
        self.assertNotEqual(light, dark)
        self.driver.refresh()
        self.find("h1")
        self.assertEqual(dark, self.script(background))
        self.find(".top .after > button").click()
        self.assertEqual(light, self.script(background))

    def test_paper_shows_the_content_alone(self):
        self.go("/relatorios")
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        try:
            for css in (".side", ".top", ".filters", ".head .actions"):
                self.assertFalse(self.find(css).is_displayed(), css)
            self.assertTrue(self.find("h1").is_displayed())
        finally:
            self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})

    def test_less_motion_where_it_is_wanted(self):
        duration = "return parseFloat(getComputedStyle(document.querySelector('.button')).transitionDuration)"
        self.go("/")
        self.assertLessEqual(self.script(duration), 0.001)
        chromium.media(self.driver, prefers_reduced_motion="no-preference")
        self.assertGreater(self.script(duration), 0.05)

    def test_icons_and_manifest_exist(self):
        for path in ("/favicon.svg", "/manifest.webmanifest", "/img/icons.svg"):
            status = self.script(
                "const [path, done] = arguments; fetch(path).then((answer) => done(answer.status))", path, is_async=True
            )
            self.assertEqual(200, status, path)
        self.assertTrue(self.driver.current_url.startswith(URL))
