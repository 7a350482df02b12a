"""Text from outside stays text, and nothing runs that is not ours."""

from support.case import BrowserCase
from support.goods import number, product
from support.invoice import invoice
from support.site import URL

ATTACK = '<img src=x onerror="window.invaded=1"><script>window.invaded=1</script>'


class SafetyTests(BrowserCase):
    def assert_untouched(self):
        self.assertIsNone(self.script("return window.invaded ?? null"))
        self.assertEqual([], self.all("main img[src='x'], main script, [onerror]"))

    def test_names_are_shown_as_text_everywhere(self):
        made = product(self.api, ATTACK, stock=3, minimum="10")
        self.api.post(
            "/movements",
            {
                "kind": "issue",
                "product": made["id"],
                "location": self.api.get(f"/products/{made['id']}")["stock"][0]["location"]["id"],
                "quantity": "1",
                "reference": ATTACK,
                "note": ATTACK,
            },
        )
        for path in (
            "/",
            f"/estoque?busca={made['code']}",
            f"/produtos/{made['id']}",
            f"/movimentos?produto={made['id']}",
        ):
            with self.subTest(path):
                self.go(path)
                self.see("<img src=x onerror")
                self.assert_untouched()
        self.go("/movimentos")
        self.press("Novo movimento")
        self.choose_product("Produto", made)
        self.assert_untouched()

    def test_addresses_are_shown_as_text(self):
        self.go("/estoque?busca=" + "%3Cimg%20src%3Dx%20onerror%3D%22window.invaded%3D1%22%3E" + str(number()))
        self.see("Nada encontrado")
        self.assert_untouched()

    def test_documents_are_shown_as_text(self):
        escaped = "&lt;img src=x onerror=window.invaded=1&gt;"
        own, bare = invoice([("F1", escaped, "UN", 1, 10)], supplier=escaped)
        self.go("/nfe")
        self.drop(".dropzone", {f"<img src=x onerror='window.invaded=1'>{own}.xml": bare.decode()})
        self.see("Tudo processado")
        self.see("<img src=x", "tbody")
        self.find("main tbody tr a.title").click()
        self.find(".facts")
        self.assert_untouched()

    def test_the_policy_forbids_what_is_not_ours(self):
        self.go("/conta")
        policy = self.script(
            "const done = arguments[0]; fetch('/').then((answer) => done(answer.headers.get('Content-Security-Policy')))",
            is_async=True,
        )
        self.assertIn("default-src 'self'", policy)
        self.assertNotIn("unsafe", policy)
        outside = self.script(
            "return performance.getEntriesByType('resource').map((entry) => entry.name).filter((name) => !name.startsWith(arguments[0]))",
            URL,
        )
        self.assertEqual([], outside)
        self.assertEqual([], self.all("[style]"))
        self.script(
            "const element = document.createElement('script'); element.textContent = 'window.invaded = 1'; document.body.append(element)"
        )
        self.assertIsNone(self.script("return window.invaded ?? null"))
        self.driver.get_log("browser")
