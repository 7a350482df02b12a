"""The browser: one for all tests, without a window."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

DOWNLOADS = Path(tempfile.mkdtemp(prefix="estoque-downloads-"))
DESKTOP = (1280, 900)
PHONE = (360, 780)


def start():
    """Chromium, as tests want it: nothing from outside, no window, Portuguese."""
    options = webdriver.ChromeOptions()
    binary = (
        os.environ.get("CHROMIUM")
        or shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    if binary:
        options.binary_location = binary
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-default-apps",
        "--no-first-run",
        "--lang=pt-BR",
        "--force-color-profile=srgb",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(
        service=Service(os.environ.get("CHROMEDRIVER") or shutil.which("chromedriver")), options=options
    )
    driver.set_script_timeout(20)
    driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(DOWNLOADS)})
    atexit.register(driver.quit)
    atexit.register(shutil.rmtree, DOWNLOADS, True)
    return driver


def size(driver, width, height, is_phone=False):
    """The viewport, with touch on a phone."""
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": is_phone},
    )
    driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": is_phone})


def media(driver, prefers_reduced_motion="reduce", **features):
    """What the system prefers: `prefers_color_scheme="dark"`. Nothing moves, so that nothing is to be waited for."""
    features["prefers_reduced_motion"] = prefers_reduced_motion
    named = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": named})
