"""The service under attack."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.security.hospital import Hospital, hospital


@pytest.fixture
def ehr(tmp_path: Path) -> Hospital:
    """A service that trusts one EHR."""
    return hospital(tmp_path)
