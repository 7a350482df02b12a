"""What the server tells while it happens, and what it cannot tell: only with the one that can be told to tell."""

from support.case import BrowserCase, only_mock
from support.goods import product

COUNT = """
return performance.getEntriesByType('resource').filter((entry) => new URL(entry.name).pathname === arguments[0]).length
"""


@only_mock
class LiveTests(BrowserCase):
    def count(self, path):
        """How often the page has asked for something."""
        return self.script(COUNT, path)

    def asks_again(self, path, tell):
        before = self.count(path)

        def has_asked():
            tell()
            return self.count(path) > before

        self.until(has_asked, f"{path} is not read again")
        self.settle()

    def test_a_reset_has_every_page_read_again_what_it_shows(self):
        made = product(self.api, "Refeito", stock=3)
        pages = {
            "/": "/api/dashboard",
            "/movimentos": "/api/movements",
            "/nfe": "/api/nfe",
            "/importacoes": "/api/imports",
            "/exportacoes": "/api/exports",
            f"/produtos/{made['id']}": f"/api/products/{made['id']}",
        }
        for page, path in pages.items():
            with self.subTest(page):
                self.go(page)
                self.asks_again(path, lambda: self.api.order("tell", {"kind": "reset"}))

    def test_a_page_that_comes_back_reads_again_what_it_has_missed(self):
        self.go("/exportacoes")
        self.asks_again("/api/exports", lambda: self.api.order("tell", {"kind": "reset"}))  # it is connected
        show = """
            Object.defineProperty(document, 'hidden', { configurable: true, get: () => arguments[0] });
            document.dispatchEvent(new Event('visibilitychange'));
        """.replace("arguments[0]", "window.isHiddenInTest")
        self.script("window.isHiddenInTest = true;" + show)
        before = self.count("/api/exports")
        self.script("window.isHiddenInTest = false;" + show)
        self.until(lambda: self.count("/api/exports") > before, "it does not ask what it has missed")
