"""How the tests of the desk log in and click."""

from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from okalib.actions import roles
from okalib.models import User
from tests.factories import StaffFactory


def clerk(role: str, **fields: object) -> User:
    """A member of staff in one of the groups."""
    roles.make_roles()
    user = StaffFactory(**fields)
    user.groups.add(Group.objects.get(name=roles.NAMES[role]))
    return user


def at_work(user: User) -> Client:
    """A browser in which this member of staff has logged in."""
    browser = Client()
    browser.force_login(user, backend="okalib.auth.StaffBackend")
    return browser


def at(name: str, *args: object) -> str:
    """The address of a page of the desk."""
    return reverse(f"admin:desk-{name}", args=args)


def text(response: object) -> str:
    """What a page says."""
    return response.content.decode()  # type: ignore[attr-defined]
