"""Write the first questions with answers and telephone numbers by matter; staff edit them afterwards (REQ-2)."""

from typing import Any

from django.core.management.base import BaseCommand

from okalib import queries
from okalib.actions import information


class Command(BaseCommand):
    """Where there are some already, none are written."""

    help = "Write the first questions with answers and telephone numbers by matter, for staff to edit."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write them, and say how many."""
        policy = queries.policy()
        questions = information.write_first_questions()
        numbers = (
            information.write_first_phone_numbers(counter=policy.counter_phone, cooperation=policy.cooperation_phone)
            if policy.counter_phone and policy.cooperation_phone
            else 0
        )
        self.stdout.write(f"{questions} questions, {numbers} telephone numbers")
        if not numbers:
            self.stdout.write("Telephone numbers come from the policy's two desks, where there are none yet.")
