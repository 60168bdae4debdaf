"""A hospital whose service has started, with a database of any kind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.security.hospital import Hospital, Wishes, hospital

HASH_KEY = "k" * 64


@asynccontextmanager
async def started(
    folder: Path, url: str, wishes: Wishes | None = None, *, key: bool = True
) -> AsyncIterator[Hospital]:
    """The hospital in `folder`, from the start of its service to the stop."""
    folder.mkdir(exist_ok=True)  # noqa: ASYNC240 - a folder of the test's own
    wishes = wishes or Wishes()
    settings = {"database_url": url, "spool_dir": folder / "spool", **wishes.settings}
    if key:
        (folder / "hash.key").write_text(HASH_KEY)
        settings["hash_key_file"] = folder / "hash.key"
    ehr = hospital(folder, Wishes(wishes.client, wishes.more, wishes.fake, settings))
    async with ehr.app.router.lifespan_context(ehr.app):
        yield ehr
