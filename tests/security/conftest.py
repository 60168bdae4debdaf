"""The service under attack."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.security.hospital import Hospital, hospital


@pytest.fixture
async def ehr(tmp_path: Path) -> AsyncIterator[Hospital]:
    """A service that trusts one EHR, with a database of its own."""
    found = hospital(tmp_path)
    await found.setup.memory.start()
    yield found
    await found.setup.memory.stop()
