"""Somebody who has a keyboard and nothing else: no pointer, and where a test wants it no script either.

A reader goes from stop to stop with Tab until the one with the wanted accessible name is reached, as Chromium tells it
to a screen reader. At each stop it must be plain to see where one is (WCAG 2.4.7, 2.4.11). Looking at the page is
Playwright's own affair and works where the page itself may run no script; nothing is ever clicked, filled or focused
from outside.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from playwright.sync_api import Locator, Page, expect

MOST_STOPS = 300
NARROWEST_RING = 2  # px
PATIENCE = 20_000  # ms; a busy machine is no fault of the page
AFTER_A_NAME = ("：", "※", "（")
"""What may follow a name: the title it is about, 必須, 任意."""

HOW_IT_SHOWS = """stop => {
  const style = getComputedStyle(stop), box = stop.getClientRects()[0] || new DOMRect();
  const at = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  const isBare = style.outlineStyle === "none" || /^rgba.*, 0\\)$/.test(style.outlineColor);
  return {
    ring: isBare ? 0 : parseFloat(style.outlineWidth),
    isSeen: box.width >= 10 && box.height >= 10 && !!at && (stop.contains(at) || at.contains(stop)),
  };
}"""


class Reader:
    """A reader at the keyboard. `has_script` says whether pages may run one."""

    def __init__(self, page: Page, address: str, *, has_script: bool) -> None:
        self.page, self.address, self.has_script = page, address, has_script
        self._tree = page.context.new_cdp_session(page)
        page.set_default_timeout(PATIENCE)

    # ── Going ──

    def opens(self, path: str) -> None:
        """Type an address."""
        self.page.goto(self.address + path)

    def reloads(self) -> None:
        """Press F5."""
        self.page.reload()

    def goes_to(self, name: str, *, backwards: bool = False) -> None:
        """Press Tab until the focus stands on something of this name; every stop on the way must be seen."""
        passed: list[str] = []
        first = None
        for _press in range(MOST_STOPS):
            self.page.keyboard.press("Shift+Tab" if backwards else "Tab")
            stop, stands_on = self._stop()
            if stop is None:
                continue
            self._looks(stands_on)
            if _is_called(stands_on, name):
                return
            if stop == first and len(passed) > 1 and stands_on != passed[-1]:
                break
            first = first or stop
            passed.append(stands_on)
        raise AssertionError(f"No stop is called {name!r} on {self.page.url}: {list(dict.fromkeys(passed))}")

    def follows(self, name: str) -> None:
        """Go to a link and press Enter."""
        self.goes_to(name)
        self.sends()

    def presses(self, name: str) -> None:
        """Go to a button and press Space, which brings another page."""
        self.goes_to(name)
        self.sends("Space")

    def sends(self, key: str = "Enter") -> None:
        """Press a key here, and wait for the page that comes of it."""
        with self.page.expect_navigation(timeout=PATIENCE):
            self.page.keyboard.press(key)

    def toggles(self, name: str) -> None:
        """Tick a box, or unfold a section: Space."""
        self.goes_to(name)
        self.page.keyboard.press("Space")

    # ── Filling in ──

    def types(self, name: str, text: str) -> None:
        """Go to a field, and type over what it holds."""
        self.goes_to(name)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def types_day(self, name: str, day: date) -> None:
        """Go to a date and type its parts, in the order in which this browser wants them."""
        self.goes_to(name)
        for year_first in (False, True):
            if year_first:
                self.page.keyboard.press("ArrowLeft")
                self.page.keyboard.press("ArrowLeft")
                self.page.keyboard.type(f"{day:%Y}")
                self.page.keyboard.press("ArrowRight")
                self.page.keyboard.type(f"{day:%m%d}")
            else:
                self.page.keyboard.type(f"{day:%m%d%Y}")
            if self.here.input_value() == day.isoformat():
                return
        raise AssertionError(f"{name} is {self.here.input_value()!r}")

    def chooses(self, name: str, option: str) -> None:
        """Go to a list, and down it until an option begins with these words."""
        self.goes_to(name)
        self.page.keyboard.press("Home")
        for _press in range(MOST_STOPS):
            if self.here.locator("option:checked").inner_text().startswith(option):
                return
            before = self.here.input_value()
            self.page.keyboard.press("ArrowDown")
            if self.here.input_value() == before:
                break
        raise AssertionError(f"{name} does not offer {option!r}")

    def picks(self, option: str, *, instead_of: str) -> None:
        """Go to the radio button that is picked, and with the arrows to another one."""
        self.goes_to(instead_of)
        for _press in range(MOST_STOPS):
            self.page.keyboard.press("ArrowDown")
            _stop, stands_on = self._stop()
            self._looks(stands_on)
            if _is_called(stands_on, option) or _is_called(stands_on, instead_of):
                break
        assert _is_called(stands_on, option)
        expect(self.here).to_be_checked()

    # ── Looking ──

    @property
    def here(self) -> Locator:
        """What has the focus."""
        return self.page.locator(":focus")

    def sees(self, *texts: str) -> None:
        """Hold that the page says all of this, where it can be seen."""
        for text in texts:
            expect(self.page.locator("body")).to_contain_text(text, use_inner_text=True, timeout=PATIENCE)

    def misses(self, *texts: str) -> None:
        """Hold that the page says nothing of this."""
        for text in texts:
            expect(self.page.locator("body")).not_to_contain_text(text, use_inner_text=True)

    def stands_on(self) -> str:
        """Return the accessible name of what has the focus, "" for nothing."""
        return self._stop()[1]

    def _stop(self) -> tuple[int | None, str]:
        """Return what has the focus, by a number of Chromium's, and its accessible name."""
        root = self._tree.send("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
        found = self._tree.send("DOM.querySelector", {"nodeId": root, "selector": ":focus"})["nodeId"]
        if not found:
            return None, ""
        told: dict[str, Any] = self._tree.send(
            "Accessibility.getPartialAXTree", {"nodeId": found, "fetchRelatives": False}
        )["nodes"][0]
        name: str = told.get("name", {}).get("value", "")
        return told["backendDOMNodeId"], name.strip().replace(" ：", "：")

    def _looks(self, name: str) -> None:
        """Hold that the stop has a name, is on the screen, is not covered, and has a ring."""
        shows = self.here.evaluate(HOW_IT_SHOWS)
        where = f"{name!r} on {self.page.url}: {self.here.evaluate('stop => stop.outerHTML.slice(0, 200)')}"
        assert name, f"A stop has no name: {where}"
        assert shows["ring"] >= NARROWEST_RING, f"No ring: {where}"
        assert shows["isSeen"], f"Off the screen or covered: {where}"


def _is_called(stands_on: str, name: str) -> bool:
    told, wanted = _without_gaps(stands_on), _without_gaps(name)
    return told == wanted or told.startswith(tuple(wanted + sign for sign in AFTER_A_NAME))


def _without_gaps(name: str) -> str:
    """Leave out spaces: Chromium puts one before each part that only screen readers are told."""
    return "".join(name.split())
