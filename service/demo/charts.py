"""The example patients: FHIR R4 charts whose dates are counted back from today."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import orjson

Resource = dict[str, Any]

FOLDER = Path(__file__).parent / "patients"
_RELATIVE = re.compile(r"^@(days_ago|in_days|years_ago):(\d{1,5})(T[0-9:]{5,8}Z)?$")


@dataclass(frozen=True, slots=True)
class Chart:
    """One example patient: the story in a line, and every resource of the record."""

    story: str
    patient: Resource
    resources: tuple[Resource, ...]

    @property
    def patient_id(self) -> str:
        """The id of the Patient."""
        return str(self.patient["id"])


def load_charts(today: date, folder: Path = FOLDER) -> Mapping[str, Chart]:
    """Every example patient by patient id, as the record stands on the day `today`."""
    charts = [
        _chart(orjson.loads(path.read_bytes()), today) for path in sorted(folder.glob("*.json"))
    ]
    return {chart.patient_id: chart for chart in charts}


def materialise(value: Any, today: date) -> Any:  # noqa: ANN401 - any JSON value
    """`value` with every relative date, such as `@days_ago:12`, replaced by the date it means.

    `@years_ago:68` is 68 years and a day ago, so a person born then is 68. A time may follow the
    days: `@days_ago:12T08:30:00Z`.
    """
    match value:
        case dict():
            return {key: materialise(each, today) for key, each in value.items()}
        case list():
            return [materialise(each, today) for each in value]
        case str():
            found = _RELATIVE.match(value)
            return value if found is None else _absolute(found, today)
        case _:
            return value


def _absolute(found: re.Match[str], today: date) -> str:
    direction, number, time = found[1], int(found[2]), found[3] or ""
    match direction:
        case "in_days":
            day = today + timedelta(days=number)
        case "days_ago":
            day = today - timedelta(days=number)
        case _:
            day = _years_before(today, number) - timedelta(days=1)
    return day.isoformat() + time


def _years_before(today: date, years: int) -> date:
    try:
        return today.replace(year=today.year - years)
    except ValueError:  # 29 February
        return today.replace(year=today.year - years, day=28)


def _chart(bundle: Resource, today: date) -> Chart:
    bundle = materialise(bundle, today)
    resources = tuple(entry["resource"] for entry in bundle["entry"])
    patient = next(each for each in resources if each["resourceType"] == "Patient")
    return Chart(bundle["meta"]["tag"][0]["display"], patient, resources)
