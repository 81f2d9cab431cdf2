"""The second factor of staff: set up, asked for, lost, and compulsory where the policy says so (OPS-5)."""

from base64 import b32decode

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from okalib import clock
from okalib.models import RecoveryCode, StaffAction, User
from tests.web.desk import at, at_work, clerk, text

INDEX, CODE, SET_UP = "/staff/", "desk-second-factor-code", "desk-second-factor"


@pytest.fixture(autouse=True)
def tuesday_morning(redis, home, ten):
    """Every test plays at ten on Tuesday."""
    with clock.standing_at(ten):
        yield


def number_of(device, ahead=0):
    """The number that the device shows now, or some half minutes later: none is taken twice."""
    return f"{totp(device.bin_key, drift=ahead):06}"


def enrolled(user):
    """A browser of a member of staff who has just set up the second factor; returns it with the codes for its loss."""
    browser = at_work(user)
    browser.post(at("second-factor-device"))
    page = browser.post(at("second-factor-confirmation"), {"code": number_of(TOTPDevice.objects.get(user=user))})
    assert page.status_code == 200, text(page)
    return browser, page.context["codes"]


def asked(answer):
    """Whether an answer leads to the page that asks for the second factor."""
    return answer.status_code == 302 and answer["Location"].startswith(at("second-factor-code"))


# ── Setting up ──


def test_a_clerk_sets_up_a_device_and_gets_ten_codes_that_are_kept_as_hashes():
    user = clerk("desk", username="deguchi")
    browser = at_work(user)
    assert "設定を始める" in text(browser.get(at("second-factor")))
    assert not TOTPDevice.objects.exists()
    browser.post(at("second-factor-device"))
    shown = browser.get(at("second-factor-device"))
    assert "<svg" in text(shown)
    assert b32decode(shown.context["key"].replace(" ", "")) == TOTPDevice.objects.get().bin_key
    assert browser.get(INDEX).status_code == 200  # nothing is asked for before the device has proved itself
    page = browser.post(at("second-factor-confirmation"), {"code": number_of(TOTPDevice.objects.get())})
    codes = page.context["codes"]
    assert len(set(codes)) == 10
    assert all(code in text(page) for code in codes)
    assert "no-store" in page["Cache-Control"]
    kept = " ".join(RecoveryCode.objects.values_list("code_hash", flat=True))
    assert not any(code.replace("-", "") in kept for code in codes)
    assert browser.get(INDEX).status_code == 200
    assert StaffAction.objects.get(verb="set_second_factor").by == user
    assert not any(code in text(browser.get(at("second-factor"))) for code in codes)


def test_a_device_that_shows_another_number_is_not_taken_into_use():
    user = clerk("desk")
    browser = at_work(user)
    browser.post(at("second-factor-device"))
    answer = browser.post(at("second-factor-confirmation"), {"code": "000000"})
    assert answer.status_code == 409
    assert "番号が正しくありません" in text(answer)
    assert not TOTPDevice.objects.filter(confirmed=True).exists()
    assert not RecoveryCode.objects.exists()


def test_following_addresses_sets_nothing_up():
    """GET changes nothing."""
    browser = at_work(clerk("desk"))
    assert browser.get(at("second-factor-device")).status_code == 302
    assert browser.get(at("second-factor-confirmation")).status_code == 405
    assert browser.get(at("second-factor-recovery-codes")).status_code == 405
    assert not TOTPDevice.objects.exists()


# ── Asking ──


def test_after_the_password_the_number_is_asked_for_before_any_page_opens():
    user = clerk("desk")
    enrolled(user)
    browser = at_work(user)
    for address in (INDEX, at("check-out"), reverse("admin:okalib_patron_changelist"), at("second-factor")):
        assert asked(browser.get(address)), address
    assert asked(browser.post(at("second-factor-device")))  # or a stolen password would bring its own device
    assert asked(browser.post(at("second-factor-recovery-codes")))
    device = TOTPDevice.objects.get(user=user, confirmed=True)
    answer = browser.post(at("second-factor-code"), {"code": number_of(device, ahead=1), "next": at("check-out")})
    assert (answer.status_code, answer["Location"]) == (302, at("check-out"))
    assert browser.get(at("check-out")).status_code == 200


def test_one_may_log_out_instead_of_showing_the_number():
    user = clerk("desk")
    enrolled(user)
    browser = at_work(user)
    browser.post(reverse("admin:logout"))
    assert "_auth_user_id" not in browser.session


def test_a_number_is_taken_once():
    """Whoever looks over the shoulder comes too late."""
    user = clerk("desk")
    enrolled(user)
    device = TOTPDevice.objects.get(user=user)
    number = number_of(device, ahead=1)
    assert at_work(user).post(at("second-factor-code"), {"code": number}).status_code == 302
    assert at_work(user).post(at("second-factor-code"), {"code": number}).status_code == 409


def test_wrong_numbers_have_to_wait_and_meanwhile_the_right_one_is_not_looked_at():
    user = clerk("desk", username="deguchi")
    enrolled(user)
    browser, device = at_work(user), TOTPDevice.objects.get(user=user)
    for _guess in range(8):
        browser.post(at("second-factor-code"), {"code": "000000"})
    answer = browser.post(at("second-factor-code"), {"code": number_of(device, ahead=1)})
    assert answer.status_code == 409
    assert "待ってから" in text(answer)
    assert asked(browser.get(INDEX))
    assert StaffAction.objects.filter(verb="second_factor_failed", by=user).count() == 9


def test_leading_on_leads_to_no_other_house():
    user = clerk("desk")
    enrolled(user)
    code = number_of(TOTPDevice.objects.get(user=user), ahead=1)
    answer = at_work(user).post(at("second-factor-code"), {"code": code, "next": "https://example.com/"})
    assert answer["Location"] == INDEX


# ── Losing ──


def test_a_code_from_the_paper_opens_once_as_it_was_printed_or_typed_by_hand():
    user = clerk("desk")
    _browser, codes = enrolled(user)
    assert at_work(user).post(at("second-factor-code"), {"code": codes[0].lower().replace("-", " ")}).status_code == 302
    assert at_work(user).post(at("second-factor-code"), {"code": codes[0]}).status_code == 409
    assert RecoveryCode.objects.count() == 9
    assert StaffAction.objects.get(verb="use_recovery_code").by == user


def test_a_code_of_a_colleague_opens_nothing():
    user, colleague = clerk("desk"), clerk("desk")
    enrolled(user)
    _browser, codes = enrolled(colleague)
    assert at_work(user).post(at("second-factor-code"), {"code": codes[0]}).status_code == 409


def test_wrong_codes_from_the_paper_are_slowed_like_numbers():
    user = clerk("desk")
    _browser, codes = enrolled(user)
    browser = at_work(user)
    for _guess in range(8):
        browser.post(at("second-factor-code"), {"code": "ABCD-EFGH-JKMN"})
    assert browser.post(at("second-factor-code"), {"code": codes[0]}).status_code == 409
    assert RecoveryCode.objects.count() == 10


def test_new_codes_kill_the_old_ones():
    user = clerk("desk")
    browser, codes = enrolled(user)
    renewed = browser.post(at("second-factor-recovery-codes")).context["codes"]
    assert not set(codes) & set(renewed)
    assert at_work(user).post(at("second-factor-code"), {"code": codes[0]}).status_code == 409
    assert RecoveryCode.objects.count() == 10


def test_an_administrator_takes_a_lost_device_away_with_a_reason_and_every_session_ends():
    """Audited: who, when, whose, why."""
    user, chief = clerk("desk", username="deguchi"), clerk("administrator")
    browser, _codes = enrolled(user)
    address = reverse("admin:okalib_user_second_factor", args=[user.pk])
    chief_browser = at_work(chief)
    assert "二段階認証の解除" in text(chief_browser.get(reverse("admin:okalib_user_change", args=[user.pk])))
    assert chief_browser.get(address).status_code == 200
    assert "理由を入力してください" in text(chief_browser.post(address, {"reason": " "}))
    assert TOTPDevice.objects.filter(user=user).exists()
    chief_browser.post(address, {"reason": "スマートフォンの紛失"})
    assert not TOTPDevice.objects.filter(user=user).exists()
    assert not RecoveryCode.objects.filter(user=user).exists()
    assert browser.get(INDEX).status_code == 302
    assert at_work(User.objects.get(pk=user.pk)).get(INDEX).status_code == 200
    written = StaffAction.objects.get(verb="reset_second_factor")
    assert (written.by, written.subject, written.reason) == (chief, "deguchi", "スマートフォンの紛失")


def test_nobody_else_takes_it_away():
    """A193: by a crafted form neither."""
    user = clerk("desk")
    enrolled(user)
    address = reverse("admin:okalib_user_second_factor", args=[user.pk])
    for role in ("desk", "cooperation", "cataloguer"):
        assert at_work(clerk(role)).post(address, {"reason": "試し"}).status_code == 403
    assert TOTPDevice.objects.filter(user=user, confirmed=True).exists()


def test_the_last_administrator_is_helped_from_the_command_line():
    chief = clerk("administrator", username="kanri")
    enrolled(chief)
    call_command("reset_second_factor", "kanri", "--reason", "機器の故障")
    assert not TOTPDevice.objects.exists()
    assert StaffAction.objects.get(verb="reset_second_factor").by is None
    for name in ("kanri", "nobody"):
        with pytest.raises(CommandError):
            call_command("reset_second_factor", name, "--reason", "もう一度")


# ── Compulsory ──


def test_where_it_is_compulsory_no_page_opens_but_the_setting_up(policy):
    policy.staff_second_factor = True
    policy.save()
    user = clerk("administrator")
    browser = at_work(user)
    for address in (INDEX, at("check-out"), at("jobs"), at("policy-topic", "logins")):
        answer = browser.get(address)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, at("second-factor")), address
    assert browser.post(at("check-in"), {"scan": "1000000014"}).status_code == 302
    assert "必須です" in text(browser.get(at("second-factor")))
    browser.post(at("second-factor-device"))
    page = browser.post(at("second-factor-confirmation"), {"code": number_of(TOTPDevice.objects.get(user=user))})
    assert page.status_code == 200
    assert browser.get(INDEX).status_code == 200


def test_it_stays_voluntary_until_the_policy_says_otherwise():
    assert at_work(clerk("desk")).get(INDEX).status_code == 200


def test_the_door_costs_no_statement_of_its_own(django_assert_num_queries):
    """What it asks comes with the user: session, user, and then the page's own."""
    user = clerk("desk")
    enrolled(user)
    browser = at_work(user)
    browser.get(at("second-factor-code"))
    with django_assert_num_queries(1):  # the user; the session is in the cache
        assert asked(browser.get(INDEX))


def test_the_keys_of_the_devices_are_shown_nowhere_in_the_lists():
    page = text(at_work(clerk("administrator")).get(INDEX))
    assert "TOTP" not in page
    assert Client().get("/staff/otp_totp/totpdevice/").status_code in (302, 404)
