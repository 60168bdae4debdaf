"""The FHIR versions that are spoken here, and the names by which the world calls them."""

from __future__ import annotations

from enum import StrEnum


class Version(StrEnum):
    """A FHIR version; R4 includes R4B."""

    DSTU2 = "dstu2"
    STU3 = "stu3"
    R4 = "r4"
    R5 = "r5"


_NAMES = {
    **{version.value: version for version in Version},
    "r2": Version.DSTU2,
    "dstu3": Version.STU3,
    "r3": Version.STU3,
    "r4b": Version.R4,
}
_NUMBERS = {"1.0": Version.DSTU2, "3.0": Version.STU3, "4": Version.R4, "5": Version.R5}


def version_named(text: str) -> Version | None:
    """The version that a name such as `R4` or a number such as `3.0.2` means; else None."""
    name = text.strip().lower().removeprefix("fhir").strip(" -_v")
    major, _, rest = name.partition(".")
    number = f"{major}.{rest[:1]}"
    return _NAMES.get(name) or _NUMBERS.get(number) or _NUMBERS.get(major)
