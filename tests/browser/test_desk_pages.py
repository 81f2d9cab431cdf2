"""Every page of the desk in a browser: axe finds nothing, nothing is too wide, nothing breaks the policy."""

from datetime import date, time

import pytest
from axe_playwright_python.sync_playwright import Axe

from circulation.actions import check_in
from circulation.models import Loan, LoanPeriod
from delivery.models import Bag, DeliveryRun
from holds import actions
from holds.models import Hold
from okalib import clock, days
from okalib.models import Closure, Holiday, SpecialOpening
from tests.factories import BibFactory
from tests.web.desk import at, clerk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LISTED = [
    *("check-out", "check-in", "pull-list", "shelf", "clearance", "relabelling", "cannot-be-filled", "reservations"),
    *("requests", "deliveries", "bags", "emergency", "jobs", "figures", "consistency", "phone-list", "offline"),
    *("calendar", "holidays", "holiday-import", "holiday-new", "policy"),
    *("loan-periods", "loan-period-new", "patron-categories", "patron-category-new"),
]


ROWS = {  # what Django draws: with a box to search in, with fields in the rows, with rows in rows, with two lists
    "notices": "notifications/notice",
    "questions": "okalib/question",
    "library": "okalib/library/add",
    "group": "auth/group/add",
    "titles": "catalog/bib",
}


@pytest.fixture
def work(lively, home, chiyo, ten):
    """Something for each list of the desk: what is to be cleared, relabelled, fetched, and cannot be filled."""
    staff = clerk("administrator", username="kanri", last_name="管理")
    actions.reserve(patron=chiyo, bib=lively.bibs["ready"], pickup_at=home, by=chiyo.user, now=ten)
    lively.bibs["paused"].items.update(is_damaged=True)
    yesterday = days.at(days.plus(clock.today(), -1), time(10))
    actions.reserve(patron=chiyo, bib=lively.bibs["free"], pickup_at=home, by=chiyo.user, now=yesterday)
    actions.make_pull_list(day=clock.today(), now=ten)
    return staff


@pytest.fixture
def one_of_a_group(work, home, chiyo, ten):
    """A reservation of any one of two volumes, of which one has ended."""
    bibs = [BibFactory(title="ローマ人の物語", volume=str(number), items=1) for number in (1, 2)]
    for bib in bibs:
        actions.add_to_basket(patron=chiyo, bib=bib, now=ten)
    made = actions.reserve_basket(patron=chiyo, pickup_at=home, by=chiyo.user, now=ten, order="any_of", wanted=1)
    check_in(item=bibs[0].items.get(), by=work, now=ten)
    return made[0].hold


@pytest.fixture
def pages(lively, home, bizen, one_of_a_group):
    """The address of each page by a name."""
    closed = dict.fromkeys(("first_on", "last_on"), date(2026, 12, 9))
    closure = Closure.objects.create(library=home, **closed, reason="点検", public_note="蔵書点検のため休館")
    opening = SpecialOpening.objects.create(library=home, day=date(2026, 12, 7), opens=time(10), closes=time(12))
    period = LoanPeriod.objects.create(name="年末年始", first_on="2026-12-15", last_on="2026-12-28", days=22)
    packed = Bag.objects.get(lines__loan=lively.loans["packed"])
    coming = DeliveryRun.objects.get(cut_off_on="2026-12-05")
    return {name: at(name) for name in LISTED} | {
        "index": "/staff/",
        **{f"rows-{name}": f"/staff/{path}/" for name, path in ROWS.items()},
        "hold": at("hold", lively.holds["ready"].pk),
        "hold-waiting": at("hold", lively.holds["waiting"].pk),
        "hold-of-a-group": at("hold", one_of_a_group.pk),
        "hold-slip": at("hold-slip", lively.holds["ready"].pk),
        "queue": at("queue", lively.bibs["waiting"].pk),
        "loan-dispute": at("loan-dispute", Loan.objects.open().filter(received_on=None).first().pk),
        "run": at("run", packed.run_id),
        "run-coming": at("run", coming.pk),
        "preview": at("deliveries-preview", coming.pk),
        "bag": at("bag", packed.pk),
        "slip": at("bags-slip", packed.pk),
        "manifest": at("deliveries-manifest", packed.run_id),
        "labels": at("deliveries-labels", packed.run_id),
        "packing": at("deliveries-packing", packed.run_id),
        "progress": at("deliveries-progress", packed.run_id),
        "shift": at("deliveries-shift", packed.run_id) + "?days=3&reason=snow",
        "calendar-days": at("calendar-days", home.pk) + "?first=2026-12-07&last=2026-12-10",
        "calendar-pattern": at("calendar-pattern", home.pk),
        "calendar-yearly": at("calendar-yearly", home.pk),
        "calendar-closure": at("calendar-closure", closure.pk),
        "calendar-closure-removal": at("calendar-closure-removal", closure.pk),
        "calendar-opening": at("calendar-opening", opening.pk),
        "holiday-removal": at("holiday-removal", Holiday.objects.get(day=date(2027, 1, 11)).pk),
        "policy-loans": at("policy-topic", "loans"),
        "policy-notices": at("policy-topic", "notices"),
        "loan-period": at("loan-period", period.pk),
        "loan-period-removal": at("loan-period-removal", period.pk),
    }


@pytest.fixture
def staff_come_in(live_server, context, client):
    """Log staff in, in the browser too."""

    def staff_come_in(user):
        client.force_login(user, backend="okalib.auth.StaffBackend")
        session = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])

    return staff_come_in


@pytest.mark.parametrize("width", [360, 1280])
def test_the_pages_of_the_desk_are_accessible_and_fit_the_screen(
    work, pages, staff_come_in, see, page, keep_picture, width, bizen_desk
):
    """WCAG 2.2 AA as far as axe can tell, on a phone and on a desk."""
    see("/staff/login/", width)
    problems = [f"login: {problem}" for problem in _problems(page)]
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    staff_come_in(work)
    for name, path in pages.items():
        complaints.clear()  # of what axe itself has done to the page before
        see(path, width)
        problems += [f"{name}: {complaint}" for complaint in complaints]  # the strict policy holds in the admin too
        keep_picture(f"desk-{name}-{width}")
        problems += [f"{name}: {problem}" for problem in _problems(page)]
    staff_come_in(bizen_desk)
    see("/pickup/", width)
    keep_picture(f"desk-pickup-{width}")
    problems += [f"pickup: {problem}" for problem in _problems(page)]
    assert problems == [], "\n".join(problems)


def test_a_scanner_and_a_keyboard_do_all_the_work_of_the_counter(work, lively, staff_come_in, see, page, keep_picture):
    """The field has the focus, Enter sends, and the answer is the first thing on the page."""
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    staff_come_in(work)
    see(at("check-out"))
    page.keyboard.type("A20000028A\n")
    page.wait_for_selector(".desk-panel")
    page.keyboard.type(lively.bibs["in_basket"].items.get().item_number + "\n")
    page.wait_for_selector(".desk-answer:has-text('貸出しました')")
    keep_picture("desk-lent-1280")
    page.keyboard.type(lively.holds["ready"].item.item_number + "\n")
    page.wait_for_selector(".desk-answer.desk-stop:visible")
    keep_picture("desk-refused-1280")
    see(at("check-in"), 360)
    page.keyboard.type(lively.loans["others"].item.item_number + "\n")
    page.wait_for_selector(".desk-answer")
    keep_picture("desk-returned-360")
    assert "予約棚へ" in page.inner_text(".desk-answer")
    assert page.evaluate("document.activeElement.name") == "scan"
    assert [text for text in complaints if "409" not in text] == []  # a refusal is answered with 409


@pytest.mark.parametrize("width", [360, 1280])
def test_a_day_is_closed_from_the_year_with_the_keyboard_alone(
    work, home, lively, staff_come_in, see, page, keep_picture, width
):
    """CAL-4: from a day of the year to its page, the look, and the saving; axe finds nothing on the way."""
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    staff_come_in(work)
    see(at("calendar"), width)
    page.locator("a[href$='first=2026-12-15']").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("[name=reason]")
    page.locator("[name=reason]").focus()
    page.keyboard.type("stocktaking")
    page.keyboard.press("Enter")
    page.wait_for_selector(".desk-effect")
    assert page.evaluate("document.activeElement.id") == "effect"
    keep_picture(f"desk-calendar-look-{width}")
    problems = _problems(page)
    for _tab in range(5):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "save":
            break
    page.keyboard.press("Enter")
    page.wait_for_selector(".messagelist")
    keep_picture(f"desk-calendar-closed-{width}")
    assert [*problems, *_problems(page)] == []
    assert Closure.objects.get(reason="stocktaking").first_on == date(2026, 12, 15)
    assert complaints == []


@pytest.mark.parametrize("width", [360, 1280])
def test_a_setting_is_changed_after_a_look_at_what_it_does(work, lively, staff_come_in, see, page, keep_picture, width):
    """OPS-5: the same with the policy, and with an emergency closure (CAL-8)."""
    staff_come_in(work)
    problems = []
    see(at("policy-topic", "loans"), width)
    page.fill("[name=loan_days]", "22")
    page.fill("[name=reason]", "運営会議の決定")
    page.locator("[name=reason]").press("Enter")
    page.wait_for_selector(".desk-effect")
    keep_picture(f"desk-policy-look-{width}")
    problems += _problems(page)
    page.click("[name=save]")
    page.wait_for_selector(".messagelist")
    keep_picture(f"desk-policy-changed-{width}")
    problems += _problems(page)
    see(at("emergency"), width)
    page.select_option("[name=library]", index=1)
    page.fill("[name=first_on]", "2026-12-02")
    page.fill("[name=last_on]", "2026-12-15")
    page.fill("[name=reason]", "大雪")
    page.locator("[name=reason]").press("Enter")
    page.wait_for_selector(".desk-effect")
    keep_picture(f"desk-emergency-look-{width}")
    problems += _problems(page)
    assert problems == []


def test_the_pull_list_is_worked_on_a_phone(work, lively, staff_come_in, see, page, chiyo, home, ten):
    """PUL-2, PUL-5: what was ticked stays ticked, and after a mark one stands where one was."""
    staff_come_in(work)
    see(at("pull-list"), 360)
    ticks = page.locator(".desk-check label")
    assert ticks.count() == 2
    assert all(ticks.nth(place).bounding_box()[side] >= 44 for place in range(2) for side in ("width", "height"))
    ticks.nth(1).click()
    with page.expect_navigation():
        page.get_by_role("button", name="閲覧中").first.click()
    assert page.locator(".desk-check input:checked").count() == 1
    here, below = (page.locator(what).bounding_box()["y"] for what in ("#here", ".desk-check label"))
    assert 0 <= here < below < 900
    assert "にしました" in page.inner_text("#here")


def test_the_hold_shelf_the_clearance_and_the_pull_list_are_papers_with_boxes_and_bars(
    work, lively, staff_come_in, see, page
):
    """PUL-2, SHF-2, SHF-4: A4, a box and bars in every row, no buttons."""
    staff_come_in(work)
    for name in ("pull-list", "shelf", "relabelling", "clearance"):
        if name in ("relabelling", "clearance"):  # given to the next who waits, and then to nobody
            bound = Hold.objects.bound().get(bib=lively.bibs["ready"])
            actions.cancel(hold=bound, by=work, now=clock.now(), reason="申出")
        see(at(name), 360)
        page.emulate_media(media="print")
        rows = page.locator("tbody tr:has(.desk-check)")
        assert rows.count(), name
        for part in (".desk-check input", ".desk-barcode svg"):
            assert rows.first.locator(part).is_visible(), (name, part)
        assert not page.locator("#content button:visible").count(), name
        assert b"/MediaBox [0 0 594" in page.pdf(prefer_css_page_size=True), name
        page.emulate_media(media="screen")


def test_a_slip_fits_one_sheet_of_paper(work, pages, staff_come_in, see, page):
    """DLV-4: A4, and none of the buttons."""
    staff_come_in(work)
    see(pages["slip"])
    sheet = page.pdf(format="A4", prefer_css_page_size=True)
    assert sheet.count(b"/Type /Page\n") == 1
    page.emulate_media(media="print")
    assert not page.is_visible("[data-print]")
    assert not page.is_visible("#header")


def _problems(page):
    """Return what axe finds, and whether one must scroll sideways."""
    found = [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in Axe().run(page).response["violations"]]
    too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*found, *([f"{too_wide} px too wide"] if too_wide > 0 else [])]
