"""What a step of a life is, and how a function becomes one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from okalib.rehearsal.soak.life import Life

Do = Callable[..., None]
When = Callable[[Life], bool]


@dataclass(frozen=True, slots=True)
class Step:
    """Something that may happen: how often beside the others, when it can, what is drawn for it, and the deed."""

    name: str
    share: int
    when: When
    draws: Mapping[str, Sequence[Any]]
    do: Do


STEPS: dict[str, Step] = {}


def step(share: int, *, when: When = lambda life: True, **draws: Sequence[Any]) -> Callable[[Do], Do]:
    """Enter a function as a step under its own name; `draws` says what its arguments are drawn from."""

    def enter(do: Do) -> Do:
        STEPS[do.__name__] = Step(do.__name__, share, when, draws, do)
        return do

    return enter
