"""All that outlives a call: the store, what stands in front of it, and the key of its hashes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

from service.settings import Settings
from service.store.address import sqlite_file
from service.store.counting import Counting
from service.store.keys import HashKey, load_hash_key, local_hash_key
from service.store.recent import RecentFigures
from service.store.retention import Retention
from service.store.spool import Spool
from service.store.store import Store
from service.store.tally import Tally
from service.store.upkeep import Upkeep
from service.store.writer import Writer


@dataclass(slots=True)
class Memory:
    """What the service remembers. Without a key nothing is kept that is tied to a person."""

    store: Store
    spool: Spool
    writer: Writer
    upkeep: Upkeep
    tally: Tally
    figures: RecentFigures
    counting: Counting
    key: HashKey | None
    demo: bool

    @staticmethod
    def of(settings: Settings, now: Callable[[], datetime]) -> Memory:
        """The memory that these settings ask for; nothing is opened or made yet.

        Raises:
            ConfigurationError: the database's address or the key file cannot be used.
        """
        store, tally = Store(settings.database_url), Tally()
        spool = Spool(spool_folder(settings, store), settings.spool_max_bytes)
        return Memory(
            store=store,
            spool=spool,
            writer=Writer(store, spool, tally),
            upkeep=Upkeep(store, spool, tally, retention_of(settings), now),
            tally=tally,
            figures=RecentFigures(store),
            counting=Counting(store),
            key=load_hash_key(settings.hash_key_file),
            demo=settings.demo,
        )

    async def start(self) -> None:
        """Opens the store and the spool; a demo without a key makes one."""
        if self.key is None and self.demo:
            self.key = local_hash_key()
        self.spool.start()
        await self.store.start()
        self.writer.start()
        self.upkeep.start()

    async def stop(self) -> None:
        """Writes what waits and closes the store."""
        await self.writer.stop()
        await self.upkeep.stop()
        await self.figures.stop()
        await self.counting.stop()
        self.spool.stop()
        await self.store.stop()


def spool_folder(settings: Settings, store: Store) -> Path:
    """The folder of the spool: as set, else beside the SQLite file, else in the working directory.

    There its name tells databases apart, so that no process brings home what belongs to another.
    """
    if settings.spool_dir is not None:
        return settings.spool_dir
    file = sqlite_file(store.address)
    if file is not None:
        return file.with_suffix(".spool")
    address = store.address
    named = f"{address.host}:{address.port}/{address.database}"
    return Path(f"b12-cds-{blake2b(named.encode(), digest_size=4).hexdigest()}.spool")


def retention_of(settings: Settings) -> Retention:
    """How long rows are kept with these settings."""
    return Retention(settings.keep_cards_days, settings.keep_audit_days)
