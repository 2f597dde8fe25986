"""The review in a real browser, by keyboard alone, through the real command line."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser import asked, chromium, needs_chromium
from tests.conftest import RunLine
from tests.reviewing import DOUBTFUL, SURE, Review, lay_out, reviewing, transcription, video

pytestmark = needs_chromium


class Page:
    """The page as somebody sees it who has a keyboard and no mouse."""

    def __init__(self, driver: Chrome) -> None:
        self.driver = driver

    def press(self, *keys: str) -> None:
        ActionChains(self.driver).send_keys(*keys).perform()

    def retype(self, *keys: str) -> None:
        """Type over what the field in focus holds."""
        everything = ActionChains(self.driver).key_down(Keys.CONTROL).send_keys("a").key_up(Keys.CONTROL)
        everything.send_keys(*keys).perform()

    def text(self, name: str) -> str:
        return str(self.driver.find_element("id", name).text)

    def wait(self, true: Callable[[], object]) -> None:
        WebDriverWait(self.driver, 10, 0.05).until(lambda _: true())

    def saved(self) -> bool:
        return self.text("saved").startswith("Saved in ")

    def listed(self) -> list[str]:
        rows = self.driver.find_elements("css selector", "#list li:not([hidden]) .name")
        return [row.text for row in rows]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with chromium(tmp_path_factory.mktemp("browser")) as driver:
        yield driver


@contextlib.contextmanager
def opened(browser: Chrome, folder: Path, count: int = 4) -> Iterator[tuple[Page, Review]]:
    lay_out(folder, count)
    with reviewing(folder) as review:
        browser.get(review.url)
        page = Page(browser)
        page.wait(lambda: browser.find_element("id", "name").text)
        try:
            yield page, review
        finally:
            browser.get("about:blank")


def test_fifty_doubtful_videos_are_decided_by_keyboard_alone_and_the_build_honours_them(
    browser: Chrome, tmp_path: Path, run_line: RunLine
) -> None:
    asked(browser)
    with opened(browser, tmp_path, DOUBTFUL) as (page, review):
        assert page.text("count") == "0 of 50 decided"
        for number in range(DOUBTFUL):
            page.press(("1", "2", Keys.ENTER, "0", "x")[number % 5])
        page.wait(lambda: page.text("count") == "50 of 50 decided" and page.saved())
        offered = [transcription(1, "EN"), transcription(1, "en")]
        first = review.decided()[video(1)]
        assert first in offered
        second = next(uri for uri in offered if uri != first)
        made = {first.split(".")[-2]: 1, second.split(".")[-2]: 2}
        by_rank = {rank: name for name, rank in made.items()}
        expected = {
            video(number + 1): transcription(number + 1, by_rank[(1, 2, 1)[number % 5]])
            if number % 5 < 3
            else None
            for number in range(DOUBTFUL)
        }
        assert review.decided() == expected
        page.press("d")
        page.wait(lambda: page.text("finish-text") == "All are decided.")
        page.press(Keys.ENTER)
        page.wait(lambda: page.text("end-title") == "50 of 50 decided")
        assert "s3transfer-tl build -c transfer.yaml" in page.text("end-next")
        code, said = review.end()
        assert (code, "50 of 50 doubtful videos decided" in said) == (0, True), said
        here = urlsplit(review.url).netloc
        assert {urlsplit(url).netloc for url in asked(browser)} == {here}, "a request left the page"
    assert browser.get_log("browser") == []
    with (tmp_path / "transfer.yaml").open("a") as fp:
        fp.write("decisions: decisions.yaml\n")
    built = run_line(["build", "-c", "transfer.yaml", "-o", "manifest.json"], cwd=tmp_path)
    assert built.code == 0, built.stderr
    entries = {
        one["object"]: one["transcription"] for one in json.loads((tmp_path / "manifest.json").read_bytes())
    }
    decided = {one: other for one, other in expected.items() if other}
    assert entries == decided | {SURE: SURE.replace(".mp4", ".srt")}


def test_undo_goes_back_as_far_as_one_likes(browser: Chrome, tmp_path: Path) -> None:
    with opened(browser, tmp_path) as (page, review):
        page.press("1", "0", "k", "k", "0")
        page.wait(lambda: page.saved() and review.decided() == {video(1): None, video(2): None})
        page.press("u")
        page.wait(lambda: page.saved() and review.decided().get(video(1)))
        assert page.text("name") == "evening-01.mp4"
        page.press("u", "u", "u")
        page.wait(lambda: page.saved() and review.decided() == {})
        assert page.text("live") == "There is nothing to undo."
        assert page.text("count") == "0 of 4 decided"


def test_the_list_is_filtered_by_text_and_by_what_is_open(browser: Chrome, tmp_path: Path) -> None:
    with opened(browser, tmp_path, 12) as (page, _):
        page.press("1", "/", "evening-1")
        assert page.listed() == ["evening-10.mp4", "evening-11.mp4", "evening-12.mp4"]
        assert page.text("shown") == "3 of 12 videos"
        page.press(Keys.ENTER)
        assert page.text("name") == "evening-10.mp4"
        page.press("j", "j", "j")
        assert page.text("name") == "evening-12.mp4"
        assert page.text("live") == "This is the last one."
        page.press("/", Keys.ESCAPE)
        assert len(page.listed()) == 12
        browser.find_element("id", "open").click()
        assert len(page.listed()) == 11
        page.press("/", "no such name")
        assert page.listed() == []


def test_a_thousand_videos_are_filtered_while_one_types(browser: Chrome, tmp_path: Path) -> None:
    with opened(browser, tmp_path, 1_000):
        sift = """
            const began = performance.now();
            document.getElementById("filter").value = "evening-777"; sift();
            document.body.offsetHeight;  // laid out
            return performance.now() - began;"""
        assert browser.execute_script(sift) < 150  # milliseconds; it takes 10


def test_another_transcription_is_chosen_by_its_uri_and_a_wrong_one_is_told(
    browser: Chrome, tmp_path: Path
) -> None:
    with opened(browser, tmp_path) as (page, review):
        page.press("c")
        page.press(Keys.ENTER)
        page.wait(
            lambda: page.text("uri-trouble") == "a transcription is s3://BUCKET/KEY and ends in .srt or .vtt"
        )
        hidden = "s3://media/else/one\u202e.vtt"  # shown escaped, sent as it is
        page.retype(hidden, Keys.TAB, "eng", Keys.ENTER)
        page.wait(page.saved)
        (decision,) = review.read()
        assert decision[:3] == (video(1), hidden, "en")
        assert browser.find_element("css selector", "#list .sub").text == "one\\u202e.vtt (en)"
        assert page.text("name") == "evening-02.mp4"
        page.press("c")
        page.retype(hidden, Keys.ENTER)
        page.wait(lambda: "one\\u202e.vtt is chosen for" in page.text("uri-trouble"))
        page.press(Keys.ESCAPE)
        assert len(review.read()) == 1


def test_every_action_has_a_button_and_tab_reaches_it(browser: Chrome, tmp_path: Path) -> None:
    with opened(browser, tmp_path) as (page, review):
        buttons = browser.find_elements("css selector", "button:enabled")
        names = [button.accessible_name for button in buttons if button.is_displayed()]
        for wanted in ("Keys", "Done", "Accept", "None of them", "Another", "Previous", "Next"):
            assert any(name.startswith(wanted) for name in names), names
        assert all(names)
        reached = []
        for _ in range(16):
            page.press(Keys.TAB)
            element = browser.switch_to.active_element
            reached.append(element.get_attribute("id") or element.accessible_name)
        for wanted in ("filter", "kind", "open", "accept", "none", "other", "next"):
            assert wanted in reached, reached
        assert reached.index("filter") < reached.index("next") < reached.index("accept")
        assert any("evening-01" in one for one in reached)
        browser.find_element("css selector", "#candidates button").send_keys(Keys.ENTER)
        page.wait(lambda: page.saved() and video(1) in review.decided())
        browser.find_element("id", "undo").click()
        page.wait(lambda: page.saved() and review.decided() == {})


def test_what_cannot_be_written_is_said_and_kept_until_it_can(browser: Chrome, tmp_path: Path) -> None:
    with opened(browser, tmp_path) as (page, review):
        page.press("1")
        page.wait(lambda: page.saved() and review.decided())
        before = review.file.read_bytes()
        review.file.unlink()
        review.file.mkdir()
        page.press("0")
        page.wait(lambda: page.text("saved") == "1 not saved")
        assert "Not saved: " in page.text("alert-text")
        assert str(review.file.name) in page.text("alert-text")
        assert page.text("count") == "2 of 4 decided"
        review.file.rmdir()
        review.file.write_bytes(before)
        browser.find_element("id", "again").click()
        page.wait(page.saved)
        assert len(review.decided()) == 2
        assert not page.text("alert-text")


def test_a_second_tab_takes_part(browser: Chrome, tmp_path: Path) -> None:
    with opened(browser, tmp_path) as (page, review):
        first, address = browser.current_window_handle, browser.current_url
        page.press("1")
        page.wait(page.saved)
        browser.switch_to.new_window("tab")
        browser.get(address)
        assert page.text("count") == "1 of 4 decided"
        page.press("0")
        page.wait(lambda: page.saved() and len(review.decided()) == 2)
        browser.close()
        browser.switch_to.window(first)
        page.press("0")  # about the second video too: the last word wins
        page.wait(lambda: page.text("count") == "2 of 4 decided" and page.saved())
        assert list(review.decided()) == [video(1), video(2)]


def test_a_review_that_is_gone_is_told(browser: Chrome, tmp_path: Path) -> None:
    with opened(browser, tmp_path) as (page, review):
        review.process.terminate()
        assert review.end()[0] == 143
        page.press("1")
        page.wait(lambda: "out of reach" in page.text("alert-text"))
        assert page.text("saved") == "1 not saved"
        browser.execute_script("onbeforeunload = null; waiting.length = 0")


HOSTILE = b"""<!doctype html><title>other</title>
<form method="post" enctype="text/plain"><input name='{"since":0,"decisions":[],"x":"' value='"}'></form>
<iframe></iframe>"""


@contextlib.contextmanager
def another_origin() -> Iterator[str]:
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(HOSTILE)))
            self.end_headers()
            self.wfile.write(HOSTILE)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()


def test_a_page_of_another_port_can_neither_post_nor_read_nor_frame(browser: Chrome, tmp_path: Path) -> None:
    with opened(browser, tmp_path) as (page, review), another_origin() as elsewhere:
        address = browser.current_url
        browser.get(elsewhere)  # the same host, so the browser takes it for the same site
        body = json.dumps(
            {"since": 0, "decisions": [{"video": video(1), "transcription": None, "language": None}]}
        )
        fetch = """
            const [url, body, type, done] = arguments;
            const mode = type === "text/plain" ? "no-cors" : "cors";
            fetch(url, {method: "POST", credentials: "include", mode, headers: {"Content-Type": type}, body})
              .then(answer => done(`${answer.type} ${answer.status}`), error => done("refused"));"""
        for kind in ("application/json", "text/plain"):
            for path in ("decisions", "done"):
                assert browser.execute_async_script(fetch, address + path, body, kind) == "refused"
        read = """
            const [url, done] = arguments;
            fetch(url, {credentials: "include"}).then(() => done("read"), () => done("refused"));"""
        assert browser.execute_async_script(read, address) == "refused"
        browser.execute_script("document.querySelector('iframe').src = arguments[0]", address)
        browser.switch_to.frame(0)
        assert not browser.find_elements("id", "list")
        browser.switch_to.default_content()
        browser.execute_script(
            "const form = document.forms[0]; form.action = arguments[0]; form.submit()", address + "done"
        )
        page.wait(lambda: "Only the page itself may send this." in browser.page_source)
        assert review.process.poll() is None
        assert not review.file.exists()
        browser.get(address)
        page.press("1")
        page.wait(page.saved)
        assert len(review.decided()) == 1


def test_it_fits_a_narrow_page_in_light_and_dark(browser: Chrome, tmp_path: Path) -> None:
    with opened(browser, tmp_path) as (page, _):
        size = {"width": 400, "height": 800, "deviceScaleFactor": 1, "mobile": True}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        try:
            for scheme in ("light", "dark"):
                feature = {"name": "prefers-color-scheme", "value": scheme}
                browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
                assert browser.execute_script("return document.documentElement.scrollWidth") == 400
                assert browser.find_element("id", "accept").is_displayed()
                style = "const {color, backgroundColor} = getComputedStyle(document.body)"
                colours = browser.execute_script(f"{style}; return [color, backgroundColor]")
                bright = [sum(int(part) for part in colour[4:-1].split(",")) for colour in colours]
                assert (bright[0] < bright[1]) is (scheme == "light")
            page.press("1")
            page.wait(page.saved)
            assert browser.find_element("id", "count").size["height"] < 30  # one line
        finally:
            browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
            browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
