"""Every page of the patrons in a browser: axe finds nothing, nothing is too wide, nothing breaks the policy."""

from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.patron_pages import own_pages, public_pages

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MOST_BYTES = 150_000
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture
def visits(lively, akari, see, come_in):
    """Yield the name of each page after opening it at a width, first as a visitor, then as Akari."""

    def visits(width=1280):
        for name, path in public_pages(lively).items():
            see(path, width)
            yield name
        come_in(akari)
        for name, path in own_pages(lively).items():
            see(path, width)
            yield name

    return visits


@pytest.mark.parametrize(
    ("width", "scheme", "language"),
    [
        *((360, "light", "ja"), (1280, "light", "ja"), (360, "light", "en"), (1280, "light", "en")),
        *((360, "dark", "ja"), (1280, "dark", "en")),
    ],
)
def test_the_pages_are_accessible_and_fit_the_screen(visits, keep_picture, speak, page, width, scheme, language):
    """WCAG 2.2 AA as far as axe can tell, on a phone and on a desk, by day and by night, in both languages."""
    problems = []
    page.emulate_media(color_scheme=scheme)
    speak(language)
    for name in visits(width):
        keep_picture(f"{name}-{width}-{scheme}-{language}")
        assert page.locator("html").get_attribute("lang") == language, name
        problems += [f"{name}: {problem}" for problem in _problems(page)]
    assert problems == []


@pytest.fixture
def answers(lively, akari, see, come_in, page, context):
    """Yield the name of each page that answers a form, and of each that has been unfolded, at a width."""

    def press(name):
        with page.expect_navigation():
            page.locator(name).last.click()

    def answers(width):
        see("/login/", width)
        press("main button")
        yield "login-wrong"
        see("/activation/", width)
        press("main button")
        yield "activation-wrong"
        come_in(akari)
        see("/my/", width)
        page.evaluate("document.querySelectorAll('details').forEach((part) => (part.open = true))")
        yield "my-unfolded"
        see(f"/holds/{lively.holds['waiting'].pk}/", width)
        page.evaluate("document.querySelectorAll('details').forEach((part) => (part.open = true))")
        yield "hold-unfolded"
        see(f"/my/requests/?longer={lively.loans['delivered'].pk}", width)
        yield "request-begun"
        page.locator("[name=longer-text]").fill(" ")
        press("#longer button")
        yield "request-refused"
        page.locator("[name=longer-text]").fill("12月10日まで")
        context.clear_cookies(name="csrftoken")
        press("#longer button")
        yield "form-too-late"
        see("/my/settings/", width)
        press("main form[action$='password/'] button")
        yield "settings-wrong"
        see("/basket/", width)
        page.locator("[name=order][value=any_of]").check()
        yield "basket-any-of"
        press("main button.button")
        yield "basket-refused"
        page.locator("[name=order][value=in_order]").check()
        press("main button.button")
        yield "confirmation"

    return answers


@pytest.mark.parametrize(("width", "scheme", "language"), [(360, "light", "ja"), (1280, "dark", "en")])
def test_pages_that_answer_a_form_are_as_good(answers, keep_picture, speak, page, width, scheme, language):
    """WCAG 3.3: refusals, forms that come too late, what was folded, and the confirmation."""
    problems, seen = [], []
    page.emulate_media(color_scheme=scheme)
    speak(language)
    for name in answers(width):
        keep_picture(f"answer-{name}-{width}-{scheme}-{language}")
        seen.append(name)
        problems += [f"{name}: {problem}" for problem in _problems(page)]
    assert "/basket/confirmations/" in page.url and len(seen) == 11
    assert problems == []


def test_the_pages_load_little_only_from_us_and_without_a_complaint(visits, page, live_server):
    """A visit without axe, which puts styles of its own into the page: CSP, weight, and other hosts.

    Each page is weighed with all that it loads, as by somebody who comes for the first time.
    """
    complaints, strangers, loaded = [], [], []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: strangers.append(request.url) if _is_strange(request, live_server) else None)
    page.on("response", lambda answer: loaded.append(answer))
    page.context.new_cdp_session(page).send("Network.setCacheDisabled", {"cacheDisabled": True})
    heavy = {}
    for name in visits():
        page.wait_for_load_state("networkidle")
        weight = sum(len(answer.body()) for answer in loaded if answer.status == 200 and not _is_image(answer))
        if weight > MOST_BYTES:
            heavy[name] = weight
        loaded.clear()
    assert [text for text in complaints if "404" not in text] == []  # one page is a missing one
    assert strangers == []
    assert heavy == {}


def _is_strange(request, live_server) -> bool:
    return urlsplit(request.url).netloc != urlsplit(live_server.url).netloc and not request.url.startswith("data:")


def _is_image(answer) -> bool:
    return answer.headers.get("content-type", "").startswith("image/")


def _problems(page):
    """Return what axe finds, and whether one must scroll sideways."""
    found = [
        f"{each['id']}: {each['nodes'][0]['html'][:200]}"
        for each in Axe().run(page, options=WCAG).response["violations"]
    ]
    too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*found, *([f"{too_wide} px too wide"] if too_wide > 0 else [])]
