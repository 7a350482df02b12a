"""A test with a browser: finding things by what people see, and waiting for them."""

import time
import unittest

from selenium.common.exceptions import JavascriptException, StaleElementReferenceException, WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from . import chromium
from .api import Api
from .site import IS_MOCK, LOGIN, PASSWORD, URL

PATIENCE = 10
_shared = {}

# By its words, its label or its title; the topmost dialog first, since what is below cannot be used.
FIND_CONTROL = """
const [name, kinds] = arguments;
const seen = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
const words = (element) => (element.getAttribute('aria-label') ?? element.innerText ?? '').trim().replace(/\\s+/g, ' ');
const dialogs = [...document.querySelectorAll('dialog[open]')];
const root = dialogs.at(-1) ?? document;
const all = [...root.querySelectorAll(kinds)].filter(seen);
return all.find((element) => words(element) === name) ?? all.find((element) => words(element).startsWith(name)) ?? null;
"""

FIND_FIELD = """
const [name] = arguments;
const seen = (element) => element.getClientRects().length > 0;
const root = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document;
for (const label of root.querySelectorAll('label')) {
  if (label.innerText.trim() === name && label.control && (seen(label) || seen(label.control))) return label.control;
}
return [...root.querySelectorAll('input, select, textarea')].find((element) => element.getAttribute('aria-label') === name && seen(element)) ?? null;
"""


def shared(name, make):
    """Something that is made once for all tests."""
    if name not in _shared:
        _shared[name] = make()
    return _shared[name]


def only_mock(function):
    """For what only the server with invented data can be told to do."""
    return unittest.skipUnless(IS_MOCK, "needs the server with invented data")(function)


class BrowserCase(unittest.TestCase):
    """A test with a browser in which somebody is signed in."""

    user = (LOGIN, PASSWORD)
    # What the console may say: an answer that is an error is written there by the browser itself.
    allowed = ("Failed to load resource",)

    @classmethod
    def setUpClass(cls):
        cls.driver = shared("driver", chromium.start)
        cls.api = shared("api", Api)

    def setUp(self):
        chromium.size(self.driver, *chromium.DESKTOP)
        chromium.media(self.driver, prefers_color_scheme="light")
        self.driver.get_log("browser")
        self.sign_in()

    def tearDown(self):
        entries = [
            entry
            for entry in self.driver.get_log("browser")
            if entry["level"] == "SEVERE" and not any(text in entry["message"] for text in self.allowed)
        ]
        self.assertEqual([], [entry["message"] for entry in entries], "the console has errors")

    def sign_in(self):
        """As this test's user, if nobody or somebody else is signed in."""
        if _shared.get("user") == self.user and not _shared.pop("dirty", False):
            return
        self.driver.get(URL + "/entrar")
        self.driver.delete_all_cookies()
        if self.user:
            status = self.script(
                """
                const [login, password, done] = arguments;
                fetch('/api/login', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ login, password }) })
                  .then((answer) => done(answer.status), () => done(0));""",
                *self.user,
                is_async=True,
            )
            self.assertEqual(200, status, "signing in failed")
        _shared["user"] = self.user

    def forget_user(self):
        """The next test signs in again."""
        _shared["dirty"] = True

    # Going and waiting

    def go(self, path, wait="h1"):
        """Opens an address and waits for its page."""
        self.driver.get(URL + path)
        self.find(wait)
        self.settle()

    def settle(self):
        """Until nothing is being loaded."""
        self.until(lambda: not self.all("[aria-busy='true'], .skeleton"), "the page keeps loading")

    def until(self, condition, message="nothing happened"):
        """Waits for a condition, and returns what it returned."""
        end = time.monotonic() + PATIENCE
        error = None
        while time.monotonic() < end:
            try:
                value = condition()
                if value:
                    return value
            except (StaleElementReferenceException, JavascriptException, WebDriverException, AssertionError) as caught:
                error = caught
            time.sleep(0.04)
        self.fail(f"{message() if callable(message) else message}{f' ({error})' if error else ''}")

    def script(self, text, *arguments, is_async=False):
        """Runs a script in the page."""
        run = self.driver.execute_async_script if is_async else self.driver.execute_script
        return run(text, *arguments)

    # Finding

    def all(self, css):
        """All elements of a selector."""
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def find(self, css):
        """The first, when there is one."""
        return self.until(lambda: next(iter(self.all(css)), None), f"no {css}")

    def words(self, css="body"):
        """What can be read."""
        return self.script(
            "return (document.querySelector(arguments[0])?.innerText ?? '').replace(/[\\u00a0\\u202f]/g, ' ')", css
        )

    def see(self, text, css="body"):
        """Waits until a text can be read."""
        self.until(
            lambda: text in self.words(css), lambda: f"“{text}” is not seen; {css} says: {self.words(css)[:600]}"
        )

    def see_not(self, text, css="body"):
        """Waits until a text can no longer be read."""
        self.until(lambda: text not in self.words(css), f"“{text}” is still seen")

    def control(self, name, kinds="button, a, summary, [role='menuitem'], [role='option']"):
        """A button or link by its words."""
        return self.until(lambda: self.script(FIND_CONTROL, name, kinds), f"nothing to press is called “{name}”")

    def field(self, name):
        """A field by its label."""
        return self.until(lambda: self.script(FIND_FIELD, name), f"no field is called “{name}”")

    # Doing

    def press(self, name):
        """Presses a button or link."""
        self.until(lambda: self.control(name).click() or True, f"“{name}” cannot be pressed")

    def pick(self, text):
        """Takes one of a few choices, or ticks a box."""
        self.until(
            lambda: self.script(
                """
            const root = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document;
            const label = [...root.querySelectorAll('label')].find((element) => element.innerText.trim() === arguments[0] && element.getClientRects().length > 0);
            label?.control.click();
            return Boolean(label);""",
                text,
            ),
            f"no choice is called “{text}”",
        )

    def write(self, name, text):
        """Types into a field, in place of what is there."""
        element = self.field(name)
        element.send_keys(Keys.CONTROL, "a")
        element.send_keys(Keys.DELETE)
        element.send_keys(text)
        return element

    def choose(self, name, text):
        """Chooses in a select."""
        self.until(
            lambda: self.script(
                """
            const option = [...arguments[0].options].find((candidate) => candidate.text.trim().startsWith(arguments[1]));
            if (!option) return false;
            arguments[0].value = option.value;
            arguments[0].dispatchEvent(new Event('input', { bubbles: true }));
            arguments[0].dispatchEvent(new Event('change', { bubbles: true }));
            return true;""",
                self.field(name),
                text,
            ),
            f"“{name}” has no “{text}”",
        )

    def choose_product(self, name, product):
        """Types a product's code into a field for products, and takes it."""
        self.write(name, product["code"])
        self.until(
            lambda: self.script(
                """
            const list = document.getElementById(arguments[0].getAttribute('aria-controls'));
            const option = [...list.querySelectorAll('[role=option]')].find((element) => element.innerText.includes(arguments[1]) && element.checkVisibility());
            option?.click();
            return Boolean(option);""",
                self.field(name),
                product["name"],
            ),
            "the product is not offered",
        )

    def set_date(self, name, day):
        """Sets a date, whatever the form in which the browser shows it."""
        self.script(
            """
            arguments[0].value = arguments[1];
            arguments[0].dispatchEvent(new Event('input', { bubbles: true }));
            arguments[0].dispatchEvent(new Event('change', { bubbles: true }));""",
            self.field(name),
            day,
        )

    def keys(self, *keys):
        """Types wherever the focus is."""
        self.driver.switch_to.active_element.send_keys(*keys)

    def drop(self, css, files):
        """Drops files (name to text) on an element."""
        self.script(
            """
            const transfer = new DataTransfer();
            for (const [name, text] of Object.entries(arguments[1])) transfer.items.add(new File([text], name));
            for (const kind of ['dragenter', 'dragover', 'drop']) {
              arguments[0].dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: transfer }));
            }""",
            self.find(css),
            files,
        )

    def dialog_closed(self):
        """Waits until no dialog is open."""
        self.until(
            lambda: not self.all("dialog[open]"), lambda: f"a dialog stays open: {self.words('dialog[open]')[:300]}"
        )

    def download(self, name, is_text=True):
        """Presses what downloads a file, and returns what is in the file."""
        before = set(chromium.DOWNLOADS.iterdir())
        self.press(name)
        ready = lambda: [
            file
            for file in set(chromium.DOWNLOADS.iterdir()) - before
            # The browser makes an empty file of the name first.
            if file.suffix != ".crdownload" and not file.name.startswith(".") and file.stat().st_size > 0
        ]
        file = self.until(ready, f"“{name}” downloads nothing")[0]
        return file.read_text() if is_text else file.read_bytes()
