"""Files for the readers, made by hand or lying beside the project."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from catalog.interchange import BibRecord, Reject, read

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.fixture
def read_bytes(tmp_path: Path) -> Callable[..., tuple[list[BibRecord], list[Reject]]]:
    """Read bytes as a file and return the descriptions and the rejects."""

    def reader(content: bytes, mapping: dict[str, str] | None = None, source: str = ""):
        path = tmp_path / "file"
        path.write_bytes(content)
        found = list(read(path, mapping, source))
        return (
            [each for each in found if isinstance(each, BibRecord)],
            [each for each in found if isinstance(each, Reject)],
        )

    return reader


@pytest.fixture(scope="session")
def shared_data() -> Iterator[Path]:
    """The folder of real records; without it the test is skipped."""
    if not SHARED.is_dir():
        pytest.skip("the real records of ../shared/data are not here")
    yield SHARED
