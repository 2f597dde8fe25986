"""A headless Chromium of the system, for the tests of pages; it tells what they asked for."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium import webdriver

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
# Where nobody installed a browser the tests are skipped, and say so; CI installs one and sets this.
REQUIRED = bool(os.environ.get("S3TRANSFER_TL_TEST_BROWSER"))

needs_chromium = pytest.mark.skipif(
    not REQUIRED and not (CHROMIUM and DRIVER), reason="no chromium and chromedriver on PATH"
)


@contextmanager
def chromium(
    folder: Path, *, width: int = 1280, height: int = 900, script: bool = True
) -> Iterator[webdriver.Chrome]:
    """Start a Chromium with an empty profile in ``folder``; end it and its driver."""
    assert CHROMIUM, "install chromium"
    assert DRIVER, "install chromium-driver"
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--window-size={width},{height}",
        f"--user-data-dir={folder / 'chromium'}",
    ):
        options.add_argument(argument)
    if not script:
        options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=DRIVER))
    try:
        driver.get("about:blank")
        asked(driver)
        yield driver
    finally:
        driver.quit()


def asked(driver: webdriver.Chrome) -> list[str]:
    """Return the URL of every request that pages made since the last call, from Chromium's own log; its
    own start page is left out."""
    messages = (json.loads(entry["message"])["message"] for entry in driver.get_log("performance"))
    return [
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
        and not message["params"]["documentURL"].startswith("chrome://")
    ]
