"""Rivals: several real connections that begin at the same moment."""

import random
import threading
import time

import pytest
from django.db import connection

from okalib.rules import Refused


class Rivals:
    """What each of several verbs led to, begun together on connections of their own."""

    def __init__(self, works):
        self.answers: list[object] = [None] * len(works)
        self.seconds: list[float] = [0.0] * len(works)
        self._start = threading.Barrier(len(works))
        threads = [
            threading.Thread(target=self._one, args=(number, work), daemon=True) for number, work in enumerate(works)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        assert not any(thread.is_alive() for thread in threads), "somebody waits for ever"
        broken = [answer for answer in self.answers if isinstance(answer, Exception) and not self._is_refusal(answer)]
        assert broken == [], broken

    def _one(self, number, work):
        try:
            self._start.wait(30)
            time.sleep(random.uniform(0, 0.005))
            begun = time.monotonic()
            try:
                self.answers[number] = work()
            except Exception as answer:
                self.answers[number] = answer
            self.seconds[number] = time.monotonic() - begun
        finally:
            connection.close()

    @staticmethod
    def _is_refusal(answer):
        return isinstance(answer, Refused)

    @property
    def won(self):
        """The answers of those who were not refused."""
        return [answer for answer in self.answers if not self._is_refusal(answer)]

    @property
    def refused(self):
        """The codes of the refusals."""
        return [answer.codes for answer in self.answers if self._is_refusal(answer)]


@pytest.fixture
def at_once():
    """Begin several verbs at the same moment; anything but an answer or a refusal fails the test."""
    return lambda *works: Rivals(works)
