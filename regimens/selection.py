"""Which of several results counts: the newest usable one, within its window."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from regimens.facts import Analyte, LabResult, ResultStatus
from regimens.knowledge.schema import Windows

KIDNEY = (Analyte.EGFR, Analyte.CREATININE_CLEARANCE)
BLOOD_COUNT = (
    Analyte.HAEMOGLOBIN,
    Analyte.HAEMATOCRIT,
    Analyte.MCV,
    Analyte.RETICULOCYTES,
    Analyte.RETICULOCYTES_ABSOLUTE,
)

# Anti-IF, parietal cell antibodies and gastrin do not expire (4a).
_WINDOW_NAMES = {
    Analyte.B12: "b12",
    Analyte.HOLOTC: "b12",
    Analyte.MMA: "mma",
    Analyte.HOMOCYSTEINE: "homocysteine",
    Analyte.POTASSIUM: "potassium",
    Analyte.FOLATE: "folate",
    Analyte.RED_CELL_FOLATE: "folate",
    Analyte.FERRITIN: "ferritin",
    Analyte.IRON: "ferritin",
    Analyte.INR: "inr",
    Analyte.PREGNANCY_STATUS: "pregnancy",
}


@dataclass(frozen=True)
class Readings:
    """The laboratory results of one patient as the rules ask for them.

    `kidney_disease` is True when chronic kidney disease or acute kidney injury is coded, which
    shortens the window of kidney function. `unexpired` names analytes whose window is lifted, to
    ask what a stale value would have changed.
    """

    results: tuple[LabResult, ...]
    today: date
    windows: Windows
    kidney_disease: bool = False
    unexpired: frozenset[Analyte] = frozenset()

    def newest(self, *analytes: Analyte) -> LabResult | None:
        """The newest usable result of these analytes as one series, however old; None if none.

        On one day the lowest counts (kidney function, platelets, potassium, and B12 to err on the
        safe side), after an amended result has replaced the one it corrects.
        """
        dated = [r for analyte in analytes for r in self._usable.get(analyte, ())]
        if not dated:
            return None
        day = max(r.taken_on for r in dated if r.taken_on is not None)
        return min(_corrected([r for r in dated if r.taken_on == day]), key=_lowest_first)

    @cached_property
    def _usable(self) -> dict[Analyte, list[LabResult]]:
        """Usable results that are not dated in the future, by analyte."""
        found: dict[Analyte, list[LabResult]] = {}
        for r in self.results:
            if r.unusable is None and r.taken_on is not None and r.taken_on <= self.today:
                found.setdefault(r.analyte, []).append(r)
        return found

    def current(self, *analytes: Analyte) -> LabResult | None:
        """The newest usable result when it lies within its window, else None."""
        result = self.newest(*analytes)
        return result if result is not None and self.in_window(result) else None

    def kidney(self) -> LabResult | None:
        """Kidney function within its window: eGFR and creatinine clearance are one series."""
        return self.current(*KIDNEY)

    def in_window(self, result: LabResult) -> bool:
        """True when the result is no older than its window allows, the last day included."""
        window = self._window_days(result)
        if window is None or result.analyte in self.unexpired:
            return True
        return self.age_days(result) <= window

    def age_days(self, result: LabResult) -> int:
        """Days since the result was taken; without a date, as old as can be."""
        return (self.today - (result.taken_on or date.min)).days

    def all_within(self, analyte: Analyte) -> tuple[LabResult, ...]:
        """Every usable result of an analyte within its window, newest first."""
        found = [r for r in self._usable.get(analyte, ()) if self.in_window(r)]
        return tuple(sorted(_corrected(found), key=lambda r: (self.age_days(r), _lowest_first(r))))

    def _window_days(self, result: LabResult) -> int | None:
        """Days the result may be old; None for analytes that do not expire."""
        windows = self.windows
        if result.analyte in (*KIDNEY, Analyte.CREATININE):
            return self._kidney_window_days(result)
        if result.analyte is Analyte.PLATELETS:
            low = _below(result, windows.platelets_low_below)
            return windows.platelets_if_low if low else windows.platelets
        if result.analyte in BLOOD_COUNT:
            return windows.blood_count
        name = _WINDOW_NAMES.get(result.analyte)
        return None if name is None else getattr(windows, name)

    def _kidney_window_days(self, result: LabResult) -> int:
        windows = self.windows
        impaired = self.kidney_disease or (
            result.analyte is not Analyte.CREATININE
            and _below(result, windows.kidney_impaired_below)
        )
        return windows.kidney_if_impaired if impaired else windows.kidney


def _below(result: LabResult, limit: Decimal) -> bool:
    return result.measured is not None and result.measured.surely_below(limit)


def _corrected(results: list[LabResult]) -> list[LabResult]:
    """Without the final and preliminary results that an amended one of the same sample replaces."""
    amended = [r for r in results if r.status is ResultStatus.AMENDED]
    firm = [r for r in results if not _replaced(r, amended, ResultStatus.AMENDED)]
    final = [r for r in firm if r.status is ResultStatus.FINAL]
    return [r for r in firm if not _replaced(r, final, ResultStatus.FINAL)]


_FIRMNESS = (ResultStatus.PRELIMINARY, ResultStatus.FINAL, ResultStatus.AMENDED)


def _replaced(result: LabResult, firmer: Iterable[LabResult], status: ResultStatus) -> bool:
    weaker = _FIRMNESS.index(result.status) < _FIRMNESS.index(status)
    return weaker and any(_same_sample(result, other) for other in firmer)


def _same_sample(one: LabResult, other: LabResult) -> bool:
    if one.analyte is not other.analyte or one.code != other.code:
        return False
    if one.taken_on != other.taken_on:
        return False
    if one.specimen and other.specimen:
        return one.specimen == other.specimen
    return one.taken_at is None or other.taken_at is None or one.taken_at == other.taken_at


def _lowest_first(result: LabResult) -> tuple[int, Decimal, str]:
    if result.measured is None:
        return (1, Decimal(0), result.reference)
    return (0, result.measured.value, result.reference)
