"""Doses as R4 groups them, and the one dose that a version without groups can hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

DOSE_MEMBERS = ("doseQuantity", "doseRange", "rateQuantity", "rateRange", "rateRatio")


def group_dose(dosage: dict[str, Any]) -> None:
    """A dose that stands in the instruction itself goes into the group that R4 has for it."""
    dose = {name: dosage.pop(name) for name in DOSE_MEMBERS if name in dosage}
    if dose and "doseAndRate" not in dosage:
        dosage["doseAndRate"] = [dose]


def ordered_dose(doses: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The dose as ordered, before one that was calculated; empty when there is none."""
    ordered = [dose for dose in doses if not _is_calculated(dose)]
    return next(iter([*ordered, *doses]), {})


def _is_calculated(dose: Mapping[str, Any]) -> bool:
    codings = dose.get("type", {}).get("coding", ())
    return any(coding.get("code") == "calculated" for coding in codings)
