"""The page of runs in a real browser: how soon it is there, what it asks for, who can use it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from s3transfer_tl.report import page
from s3transfer_tl.report.page.parts import Section
from tests.browser import asked, chromium, needs_chromium
from tests.pages import HOSTILE, built, built_of, judged, report, submitted

pytestmark = needs_chromium

# Of a machine that does other work too; what a quiet one takes is in docs/performance.md.
MOST_MILLISECONDS = 3_000

Show = Callable[..., webdriver.Chrome]


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with chromium(tmp_path_factory.mktemp("profile")) as one:
        yield one


@pytest.fixture
def show(driver: webdriver.Chrome, tmp_path: Path) -> Show:
    """Return ``show(*sections, width, scheme)``: a page opened as a person would, from a file."""

    def opened(*sections: Section, width: int = 1280, scheme: str = "light") -> webdriver.Chrome:
        command = driver.execute_cdp_cmd
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        command("Emulation.setDeviceMetricsOverride", size)
        features = {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"}
        wanted = [{"name": name, "value": value} for name, value in features.items()]
        command("Emulation.setEmulatedMedia", {"features": wanted})
        driver.get(written(tmp_path / "page.html", *sections))
        return driver

    return opened


def written(path: Path, *sections: Section) -> str:
    pieces = page.pieces(sections, made="2025-11-22 12:00:00 UTC", version="0.1.0")
    path.write_text("".join(pieces), encoding="utf-8", errors="backslashreplace")
    return path.as_uri()


def hostile() -> Section:
    told = report(3 * len(HOSTILE))
    for number, pair in enumerate(told["pairs"]):
        pair["object"] = HOSTILE[number % len(HOSTILE)]
    told["manifests"][0]["file"] = HOSTILE[0]
    return replace(built_of(told), name=HOSTILE[0])


def status(driver: webdriver.Chrome, table: str) -> str:
    return driver.find_element(By.CSS_SELECTOR, f"[data-table={table}] .status").text


def until(driver: webdriver.Chrome, table: str, told: str) -> None:
    WebDriverWait(driver, 10).until(lambda _: status(driver, table).startswith(told))


def first_cell(driver: webdriver.Chrome, table: str) -> str:
    return driver.find_element(By.CSS_SELECTOR, f"[data-table={table}] tbody td").text


def press(driver: webdriver.Chrome, *keys: str) -> None:
    ActionChains(driver).send_keys(*keys).perform()


def test_a_hundred_thousand_entries_are_there_at_once(show: Show, capsys: pytest.CaptureFixture[str]) -> None:
    driver = show(built(100_000))
    timed = """
      const done = arguments[arguments.length - 1];
      const table = document.querySelector("[data-table=s1-pairs-table1]");
      const settled = (act, then) => { const began = performance.now(); act();
        requestAnimationFrame(() => setTimeout(() => then(Math.round(performance.now() - began)))); };
      const [, , next] = table.querySelectorAll(".pager button"), sort = table.querySelector("button.sort");
      settled(() => next.click(), (first) => settled(() => next.click(), (again) =>
        settled(() => sort.click(), (sorted) => done({
          first_paint: Math.round(performance.getEntriesByName("first-contentful-paint")[0].startTime),
          loaded: Math.round(performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd),
          first_interaction: first, next_page: again, sort: sorted}))));"""
    figures: dict[str, int] = driver.execute_async_script(timed)
    with capsys.disabled():
        print(f"\n100,000 entries, in milliseconds: {figures}")
    assert max(figures.values()) < MOST_MILLISECONDS
    assert status(driver, "s1-pairs-table1") == "Rows 1 to 25 of 100,000 rows"


def test_nothing_is_asked_for_and_nothing_complains(show: Show) -> None:
    asked(show())  # whatever was before
    driver = show(built(40), judged(40), submitted(40), hostile())
    assert asked(driver) == [driver.current_url]
    assert driver.get_log("browser") == []


def test_hostile_keys_are_texts_and_the_script_shows_them_as_the_page_did(show: Show) -> None:
    driver = show(hostile())
    title = driver.title
    body = driver.find_element(By.CSS_SELECTOR, "[data-table=s1-pairs-table1] tbody")
    before = body.get_attribute("textContent").split("\n")
    for _ in range(3):  # up, down, as it was
        driver.find_element(By.CSS_SELECTOR, "[data-table=s1-pairs-table1] button.sort").click()
    assert body.get_attribute("textContent") == "".join(before)
    assert driver.title == title
    assert "taken" in title  # as a text
    made = "return document.querySelectorAll('td img, td script, td b, h2 *:not(.odd)').length"
    assert driver.execute_script(made) == 0
    assert driver.execute_script("return document.querySelectorAll('tbody .odd').length") > 10
    assert driver.get_log("browser") == []


def test_without_a_script_figures_and_first_rows_are_there(tmp_path: Path) -> None:
    with chromium(tmp_path, script=False) as driver:
        driver.get(written(tmp_path / "page.html", built(40), submitted(40)))
        text = driver.find_element(By.TAG_NAME, "body").text
    for said in (
        "40 of 43 videos have a transcription",
        "s3transfer-tl access s3://media/shows/season-00/",
        "37 paired, transcription public",
        "s3://media/shows/season-24/film-000024.mp4",
        "These are the first 25 of 40 rows: a browser that runs scripts pages through the others;",
        'all are under "pairs" in manifest.report.json.',
        "37 of 40 entries ready",
    ):
        assert said in text, said
    assert "film-000025" not in text
    assert "Filter" not in text


def test_every_table_can_be_filtered_sorted_and_paged_from_the_keyboard(show: Show) -> None:
    driver = show(built(90))
    press(driver, Keys.TAB)
    assert driver.switch_to.active_element.text == "Skip to the content"
    press(driver, Keys.ENTER)
    assert driver.switch_to.active_element.get_attribute("id") == "content"
    driver.execute_script("document.querySelector('[data-table=s1-pairs-table1] input').focus()")
    press(driver, "FILM-00004")
    until(driver, "s1-pairs-table1", "Rows 1 to 10 of 10 matching rows, 90 in all")
    press(driver, Keys.TAB, Keys.ENTER)  # filter by column
    assert driver.switch_to.active_element.tag_name == "select"
    press(driver, "es")
    until(driver, "s1-pairs-table1", "Rows 1 to 3 of 3 matching rows")
    assert "film-000042" in first_cell(driver, "s1-pairs-table1")
    driver.execute_script("document.querySelector('[data-table=s1-pairs-table1] input').select()")
    driver.execute_script("document.querySelector('[data-table=s1-pairs-table1] input').focus()")
    press(driver, Keys.BACKSPACE)
    until(driver, "s1-pairs-table1", "Rows 1 to 25 of 30 matching rows")
    head = driver.find_element(By.CSS_SELECTOR, "[data-table=s1-pairs-table1] th")
    driver.execute_script("arguments[0].querySelector('button').focus()", head)
    press(driver, Keys.ENTER)
    assert head.get_attribute("aria-sort") == "ascending"
    press(driver, Keys.SPACE)
    assert head.get_attribute("aria-sort") == "descending"
    following = "[data-table=s1-pairs-table1] .pager button:nth-child(3)"
    driver.execute_script("document.querySelector(arguments[0]).focus()", following)
    press(driver, Keys.ENTER)
    until(driver, "s1-pairs-table1", "Rows 26 to 30 of 30 matching rows")
    assert driver.switch_to.active_element.text == "Next"  # the focus stays where it is needed next
    assert driver.switch_to.active_element.get_attribute("aria-disabled") == "true"
    outline = "return getComputedStyle(document.activeElement).outlineStyle"
    assert driver.execute_script(outline) == "solid"


def test_what_nobody_finds_is_told(show: Show) -> None:
    driver = show(judged(40))
    driver.find_element(By.CSS_SELECTOR, "[data-table=s1-findings-table1] input").send_keys("nothing like it")
    until(driver, "s1-findings-table1", "No row matches, of 40")


def test_whoever_hears_the_page_is_told_what_everything_is(show: Show) -> None:
    driver = show(built(40), judged(40), submitted(40))
    tree: list[dict[str, Any]] = driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    nodes = [
        (node["role"]["value"], node.get("name", {}).get("value", ""), node)
        for node in tree
        if not node.get("ignored") and "role" in node
    ]
    wanted = {"button", "link", "searchbox", "combobox", "table", "image", "navigation"}
    named = [(role, name) for role, name, _ in nodes if role in wanted]
    assert wanted - {role for role, _ in named} == {"combobox"}  # these come when they are asked for
    assert [role for role, name in named if not name.strip()] == []
    levels = [
        int(next(one["value"]["value"] for one in node["properties"] if one["name"] == "level"))
        for role, _, node in nodes
        if role == "heading"
    ]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


CONTRAST = """
const channel = (v) => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
const light = ([r, g, b]) => .2126 * channel(r) + .7152 * channel(g) + .0722 * channel(b);
const colour = (text) => text.match(/[\\d.]+/g).map(Number);
const behind = (one) => { for (; one; one = one.parentElement) {
  const [r, g, b, a = 1] = colour(getComputedStyle(one).backgroundColor); if (a === 1) return [r, g, b]; }
  return [255, 255, 255]; };
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), worst = [];
for (let node; (node = walker.nextNode());) {
  const one = node.parentElement;
  if (!node.data.trim() || !one.checkVisibility()) continue;
  const [high, low] = [light(colour(getComputedStyle(one).color)), light(behind(one))].sort((a, b) => b - a);
  worst.push([(high + .05) / (low + .05), one.outerHTML.slice(0, 80)]);
}
return worst.sort((a, b) => a[0] - b[0])[0];
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_what_is_behind_it(show: Show, scheme: str) -> None:
    driver = show(built(40), judged(40), submitted(40), hostile(), scheme=scheme)
    ratio, where = driver.execute_script(CONTRAST)
    assert ratio >= 4.5, where
    ground = driver.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(16, 19, 23)") is (scheme == "dark")


def test_a_narrow_screen_scrolls_one_way_only(show: Show) -> None:
    driver = show(built(40), judged(40), submitted(40), hostile(), width=400)
    wide, room = driver.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
    assert wide <= room


def test_a_printed_page_has_the_figures_and_no_controls(show: Show) -> None:
    driver = show(built(40))
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    controls = driver.find_elements(By.CSS_SELECTOR, ".tools, .pager, .contents")
    assert [one for one in controls if one.is_displayed()] == []
    assert "40 of 43 videos" in driver.find_element(By.TAG_NAME, "main").text
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
