"""The pages' files themselves, without a browser."""

import re
import unittest
from pathlib import Path

PAGES = Path(__file__).resolve().parents[3] / "Sources/Estoque/Web/Pages"
SCRIPTS = sorted(PAGES.glob("js/**/*.js"))
IMPORT = re.compile(r"^import (?:\{([^}]*)\}|\* as (\w+)) from '([^']+)';", re.MULTILINE)


def imports(script):
    """What a module imports: the file, and the names."""
    for names, whole, path in IMPORT.findall(script.read_text()):
        yield (script.parent / path).resolve(), [name.strip() for name in names.split(",") if name.strip()], whole


def reached(script, known=None):
    """All modules that are loaded with one."""
    known = set() if known is None else known
    for target, _, _ in imports(script):
        if target not in known:
            known.add(target)
            reached(target, known)
    return known


class SourceTests(unittest.TestCase):
    def test_modules_are_short_and_lines_readable(self):
        for script in SCRIPTS:
            with self.subTest(script.name):
                self.assertLessEqual(len(script.read_text().splitlines()), 200)
                self.assertTrue(script.read_text().startswith("// "), "says what it is for")

    def test_data_never_becomes_markup_or_code(self):
        for script in SCRIPTS:
            for word in (
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "eval(",
                "new Function",
                "setAttribute('style'",
            ):
                self.assertNotIn(word, script.read_text(), script.name)

    def test_what_is_imported_exists_and_is_used(self):
        for script in SCRIPTS:
            text = script.read_text()
            body = IMPORT.sub("", text)
            for target, names, whole in imports(script):
                exported = set(
                    re.findall(r"^export (?:async )?(?:function|const|class|let) (\w+)", target.read_text(), re.MULTILINE)
                )
                for name in names:
                    own, _, alias = name.partition(" as ")
                    self.assertIn(own, exported, f"{script.name} from {target.name}")
                    self.assertRegex(body, rf"\b{alias or own}\b", script.name)
                if whole:
                    for used in re.findall(rf"(?<!\.)\b{whole}\.(\w+)", body):
                        self.assertIn(used, exported, f"{script.name} from {target.name}")

    def test_what_is_exported_is_used(self):
        texts = {script: script.read_text() for script in SCRIPTS}
        for script, text in texts.items():
            for name in re.findall(r"^export (?:async )?(?:function|const|class|let) (\w+)", text, re.MULTILINE):
                if name != "page":
                    used = any(re.search(rf"\b{name}\b", other) for place, other in texts.items() if place != script)
                    self.assertTrue(used, f"{script.name} {name}")

    def test_every_module_is_reached(self):
        main = PAGES / "js/main.js"
        known = reached(main) | {main, PAGES / "js/theme-early.js"}
        for script in list(known):
            for path in re.findall(r"import\('([^']+)'\)", script.read_text()):
                page = (script.parent / path).resolve()
                known |= {page} | reached(page)
        self.assertEqual(set(), set(SCRIPTS) - known)

    def test_the_first_page_announces_the_modules_that_it_needs(self):
        announced = re.findall(r'<link rel="modulepreload" href="([^"]+)">', (PAGES / "index.html").read_text())
        needed = sorted("/" + str(script.relative_to(PAGES)) for script in reached(PAGES / "js/main.js"))
        self.assertEqual(needed, announced)

    def test_nothing_comes_from_outside_or_stands_inline(self):
        for file in PAGES.glob("**/*.*"):
            if file.suffix in (".html", ".css", ".js"):
                text = file.read_text()
                self.assertEqual(
                    [],
                    [
                        address
                        for address in re.findall(r"https?://[^\s'\"]+", text)
                        if not address.startswith("http://www.w3.org/")
                    ],
                    file.name,
                )
        page = (PAGES / "index.html").read_text()
        self.assertNotRegex(page, r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)")

    def test_icons_that_are_named_exist(self):
        drawn = set(re.findall(r'<symbol id="(\w+)"', (PAGES / "img/icons.svg").read_text()))
        used = set()
        for script in SCRIPTS:
            used |= set(re.findall(r"icon: '(\w+)'|icon\('(\w+)'\)", script.read_text()))
        self.assertEqual(set(), {name for pair in used for name in pair if name} - drawn)
