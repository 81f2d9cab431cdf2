#!/usr/bin/env python
"""The door to every command of the library: `manage.py demo`, `manage.py job`, `manage.py migrate`…"""

import os
import sys

WITHOUT_SERVERS = {
    "check",
    "collectstatic",
    "compilemessages",
    "demo",  # starts and stops the servers itself, after it has looked at the port
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "startapp",
    "version",
}


def main() -> None:
    """Run one command; what needs a database finds the embedded servers running, unless others were named."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "okalib.settings")
    from django.core.management import execute_from_command_line

    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    asks_for_help = not {"-h", "--help", "--version"}.isdisjoint(sys.argv)
    if command in WITHOUT_SERVERS or asks_for_help:
        execute_from_command_line(sys.argv)
        return
    from okalib import embedded

    with embedded.servers():
        _execute()


def _execute() -> None:
    """Run the command; where the database has no tables yet, say what to do instead of showing a traceback."""
    from django.core.management import execute_from_command_line
    from django.db import ProgrammingError
    from psycopg.errors import UndefinedTable

    try:
        execute_from_command_line(sys.argv)
    except ProgrammingError as error:
        if not isinstance(error.__cause__, UndefinedTable):
            raise
        sys.exit("The database has no tables yet. Run `manage.py demo` or `manage.py migrate` first.")


if __name__ == "__main__":
    main()
