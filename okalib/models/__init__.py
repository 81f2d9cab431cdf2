"""The institution: its libraries with their calendars, its patrons, its staff and what they did."""

from okalib.models.calendar import (
    Closure,
    EmergencyClosure,
    EmergencyMove,
    Holiday,
    OpeningHours,
    SpecialOpening,
    YearlyDay,
)
from okalib.models.figures import Figure
from okalib.models.information import News, PhoneNumber, Question
from okalib.models.jobs import JobRun
from okalib.models.library import Library
from okalib.models.mark import Kept, RulesMark, rules_read_once
from okalib.models.patron import Activation, Block, Card, Contact, PasswordLink, Patron, PatronCategory
from okalib.models.policy import PolicySettings
from okalib.models.staff import PatronView, RecoveryCode, StaffAction, User

__all__ = [
    "Activation",
    "Block",
    "Card",
    "Closure",
    "Contact",
    "EmergencyClosure",
    "EmergencyMove",
    "Figure",
    "Holiday",
    "JobRun",
    "Kept",
    "Library",
    "News",
    "OpeningHours",
    "PasswordLink",
    "Patron",
    "PatronCategory",
    "PatronView",
    "PhoneNumber",
    "PolicySettings",
    "Question",
    "RecoveryCode",
    "RulesMark",
    "SpecialOpening",
    "StaffAction",
    "User",
    "YearlyDay",
    "rules_read_once",
]
