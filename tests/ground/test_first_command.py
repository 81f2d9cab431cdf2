"""Whoever begins with another command than the demonstration is told what to do first."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError

from okalib.management.commands.demo import Command

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.faults
@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="the servers are not ours to leave empty")
def test_a_command_on_a_database_without_tables_names_the_remedy_and_shows_no_traceback():
    """OPS-3: `job --list` in a fresh clone."""
    state = ROOT / ".okalib" / "empty"
    shutil.rmtree(state, ignore_errors=True)
    told = subprocess.run(
        [sys.executable, "manage.py", "job", "--list"],
        cwd=ROOT,
        env={**os.environ, "OKALIB_STATE": str(state), "DJANGO_SETTINGS_MODULE": "okalib.settings"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    shutil.rmtree(state, ignore_errors=True)
    assert told.returncode == 1
    assert "manage.py demo" in told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize("port", ["abc", "0", "65536", "８０００"])
def test_a_port_that_is_none_is_said_in_words(port):
    with pytest.raises(CommandError, match="is no port; give a number from 1 to 65535"):
        Command().create_parser("manage.py", "demo").parse_args(["--port", port])
