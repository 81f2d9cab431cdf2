"""Redis as the cache, and while it is silent the memory of this process: pages go on, and guesses are still counted.

1. Whatever the cache is asked goes to Redis.
2. Redis is silent: for `REST` seconds it is not asked again, so that nobody waits for it twice, and this process keeps
   for itself what it is given. Other processes know nothing of it: a limit of guesses is then one for each process.
3. Redis is back: what was changed meanwhile is forgotten there first, so that no session that was ended comes to life.
"""

from __future__ import annotations

import threading
import time
from typing import Any

import structlog
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

REST = 5.0
MOST_KEPT = 100_000

CHANGING = ("add", "set", "touch", "delete", "incr")
CHANGING_MANY = ("set_many", "delete_many")
READING = ("get", "get_many", "has_key")

log = structlog.get_logger("okalib.cache")


class _Silence:
    """What the threads of this process know together of Redis's silence."""

    def __init__(self) -> None:
        self.until = 0.0
        self.changed: set[str] = set()
        """The keys that were changed here since, and not there."""
        self.lock = threading.Lock()

    @property
    def lasts(self) -> bool:
        return time.monotonic() < self.until

    def begin(self, error: RedisError) -> None:
        if not self.changed:
            log.error("redis is silent", kind=type(error).__name__)
        self.until = time.monotonic() + REST

    def note(self, keys: list[str]) -> None:
        with self.lock:
            self.changed.update(keys)


silence = _Silence()


class EnduringCache(RedisCache):
    """The cache of the house; like Django's for Redis, but it never fails."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._own = LocMemCache("okalib", params | {"OPTIONS": {"MAX_ENTRIES": MOST_KEPT}})

    def answers(self) -> bool:
        """Whether Redis answers, asked now."""
        try:
            super().get("answers")
        except RedisError:
            return False
        return True

    def clear(self) -> None:
        """Forget everything, here and there."""
        self._own.clear()
        self._ask("clear", [], (), {})

    def _ask(self, verb: str, changes: list[str], args: tuple[Any, ...], words: dict[str, Any]) -> Any:
        if not silence.lasts:
            try:
                self._settle()
                return getattr(super(), verb)(*args, **words)
            except RedisError as error:
                silence.begin(error)
        silence.note(changes)
        return getattr(self._own, verb)(*args, **words)

    def _settle(self) -> None:
        """Forget in Redis, and here, what was changed here while it was silent."""
        if not silence.changed:
            return
        with silence.lock:
            changed = list(silence.changed)
            super().delete_many(changed)
            silence.changed.difference_update(changed)
        self._own.clear()
        log.info("redis is back", changed=len(changed))


def _enduring(verb: str, changes: Any) -> Any:
    def ask(self: EnduringCache, *args: Any, **words: Any) -> Any:
        return self._ask(verb, changes(args[0] if args else words.get("key")), args, words)

    ask.__name__ = verb
    return ask


for _verb in READING:
    setattr(EnduringCache, _verb, _enduring(_verb, lambda _key: []))
for _verb in CHANGING:
    setattr(EnduringCache, _verb, _enduring(_verb, lambda key: [key]))
for _verb in CHANGING_MANY:
    setattr(EnduringCache, _verb, _enduring(_verb, lambda keys: list(keys)))
