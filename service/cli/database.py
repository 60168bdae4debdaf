"""The database, for a command of the operator's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from service.errors import ConfigurationError, StoreDownError
from service.settings import Settings
from service.store.store import Store


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Store]:
    """The store that the settings name, open.

    Raises:
        ConfigurationError: it cannot be opened, or fails while it is used.
    """
    store = Store(settings.database_url)
    await store.start()
    try:
        if not store.is_open:
            raise ConfigurationError(f"B12_DATABASE_URL: {place_of(store)} cannot be opened")
        yield store
    except StoreDownError:
        reason = f"B12_DATABASE_URL: {place_of(store)} failed, or did not answer in time"
        raise ConfigurationError(reason) from None
    finally:
        await store.stop()


def place_of(store: Store) -> str:
    """Where the database is, without its password."""
    return store.address.render_as_string(hide_password=True)
