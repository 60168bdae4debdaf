"""All that outlives a call: the store, the writer in front of it, and the key of its hashes."""

from __future__ import annotations

from dataclasses import dataclass

from service.settings import Settings
from service.store.keys import HashKey, load_hash_key, local_hash_key
from service.store.store import Store
from service.store.writer import Writer


@dataclass(slots=True)
class Memory:
    """What the service remembers. Without a key nothing is kept that is tied to a patient."""

    store: Store
    writer: Writer
    key: HashKey | None
    demo: bool

    @staticmethod
    def of(settings: Settings) -> Memory:
        """The memory that these settings ask for; nothing is opened or made yet.

        Raises:
            ConfigurationError: the database's address or the key file cannot be used.
        """
        store = Store(settings.database_url)
        key = load_hash_key(settings.hash_key_file)
        return Memory(store, Writer(store), key, settings.demo)

    async def start(self) -> None:
        """Opens the store; a demo without a key makes one."""
        if self.key is None and self.demo:
            self.key = local_hash_key()
        await self.store.start()
        self.writer.start()

    async def stop(self) -> None:
        """Writes what waits and closes the store."""
        await self.writer.stop()
        await self.store.stop()
