"""What every reader needs besides the resource: codes, the day, the timezone, the formulary."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, tzinfo

from fhir_mappers.terminology import Codes


@dataclass(frozen=True, slots=True)
class Reading:
    """The circumstances of one reading: `today` and `timezone` are the client's."""

    codes: Codes
    today: date
    timezone: tzinfo
    formulary: str
