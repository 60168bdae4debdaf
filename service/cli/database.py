"""The database, for a command of the operator's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from service.errors import ConfigurationError, StoreDownError
from service.settings import Settings
from service.store.address import sqlite_file
from service.store.store import UPGRADES_WITHIN_S, Store


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Store]:
    """The store that the settings name, open. An SQLite file that is not there is not made.

    Raises:
        ConfigurationError: it is not there or cannot be opened, or fails while it is used.
    """
    store = Store(settings.database_url)
    file = sqlite_file(store.address)
    if file is not None and not file.is_file():
        raise ConfigurationError(
            f"B12_DATABASE_URL: {file.absolute()}: there is no such file; the service makes it when"
            " it starts. Is this the folder in which it runs?"
        )
    await store.start(UPGRADES_WITHIN_S)
    try:
        if not store.is_open:
            reason = f"B12_DATABASE_URL: {place_of(store)} cannot be opened: {store.why_down}"
            raise ConfigurationError(reason)
        yield store
    except StoreDownError:
        place = place_of(store)
        reason = f"B12_DATABASE_URL: {place} failed, or did not answer in time: {store.why_down}"
        raise ConfigurationError(reason) from None
    finally:
        await store.stop()


def place_of(store: Store) -> str:
    """Where the database is, without its password."""
    return store.address.render_as_string(hide_password=True)
