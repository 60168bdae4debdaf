"""Where a patient stands with B12: the class of the results, and the outward status."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from regimens.advice import B12Status
from regimens.facts import Analyte, Finding, LabResult
from regimens.knowledge.schema import Policy, Thresholds, TwoCutPoints
from regimens.selection import Readings
from regimens.verdict import Input


@dataclass(frozen=True, slots=True)
class Setting:
    """What, besides the results, bears on how they are read."""

    age_years: int | None
    pregnant: bool
    nitrous_oxide: bool
    autoimmune: bool  # anti-IF positive
    anaemia: bool
    neuro: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """The class of the results alone, with the reason and the results it rests on."""

    biochemistry: B12Status
    why: str
    results: tuple[LabResult, ...] = ()

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The results as a card quotes them."""
        return tuple(Input.of(result) for result in self.results)


@dataclass(frozen=True)
class Biochemistry:
    """Reads B12, holoTC, MMA and homocysteine against the laboratory's cut points (4a).

    CITES: ng239, afp-2025, clinical.md 4a, decisions section 1.
    """

    readings: Readings
    thresholds: Thresholds
    policy: Policy
    setting: Setting

    def read(self) -> Reading:
        """The class of the results; the first line of table 4a (treated) is not asked here."""
        deficient = self._deficient()
        if deficient is not None:
            return deficient
        b12, mma = self.b12, self.mma
        if b12 is None:
            return self._without_b12(mma)
        klass = self.class_of(b12)
        results = _present(b12, mma, self.kidney if mma else None)
        if self.mma_raised:
            why = "MMA is raised, but kidney function is below 60 or unknown"
            return Reading(B12Status.INDETERMINATE, why, results)
        if klass is B12Status.INDETERMINATE and self.mma_normal:
            return Reading(B12Status.UNLIKELY, "B12 is borderline and MMA is normal", results)
        if klass is B12Status.DEFICIENT:
            why = "low total B12 in pregnancy without anaemia, neurological signs or raised MMA"
            return Reading(B12Status.INDETERMINATE, why, results)
        words = {
            B12Status.INDETERMINATE: "B12 lies between the two cut points",
            B12Status.UNLIKELY: "B12 lies above the upper cut point",
        }
        return Reading(klass, words[klass], results)

    def _deficient(self) -> Reading | None:
        b12 = self.b12
        if b12 is not None and self.class_of(b12) is B12Status.DEFICIENT and self._conclusive(b12):
            why = f"{b12.analyte.value} is below the lower cut point"
            return Reading(B12Status.DEFICIENT, why, _present(b12))
        if not self.kidneys_confirm:
            return None
        if self.mma_raised:
            why = "MMA is raised with eGFR 60 or above"
            return Reading(B12Status.DEFICIENT, why, _present(self.mma, b12, self.kidney))
        at_risk = self.setting.nitrous_oxide or self.setting.autoimmune
        if at_risk and self.homocysteine_raised:
            why = "homocysteine is raised with eGFR 60 or above and a cause that hides low B12"
            return Reading(B12Status.DEFICIENT, why, _present(self.homocysteine, b12, self.kidney))
        return None

    def _conclusive(self, b12: LabResult) -> bool:
        """Total B12 falls in pregnancy: alone it does not prove deficiency there (C33)."""
        if not self.setting.pregnant or b12.analyte is Analyte.HOLOTC:
            return True
        return self.setting.anaemia or self.setting.neuro or self.mma_raised

    def _without_b12(self, mma: LabResult | None) -> Reading:
        if self.mma_raised:
            why = "MMA is raised, but kidney function is below 60 or unknown"
            return Reading(B12Status.INDETERMINATE, why, _present(mma, self.kidney))
        return Reading(B12Status.UNKNOWN, "no usable B12 result of the last 12 months")

    @property
    def b12(self) -> LabResult | None:
        """The result that counts: holoTC replaces total B12 unless it is over 30 days older."""
        total = self.readings.current(Analyte.B12)
        active = self.readings.current(Analyte.HOLOTC)
        if active is None or total is None:
            return active or total
        older_by = self.readings.age_days(active) - self.readings.age_days(total)
        return active if older_by <= self.policy.monitoring.class_agreement_days else total

    @property
    def mma(self) -> LabResult | None:
        """The current MMA, or None."""
        return self.readings.current(Analyte.MMA)

    @property
    def homocysteine(self) -> LabResult | None:
        """The current homocysteine, or None."""
        return self.readings.current(Analyte.HOMOCYSTEINE)

    @property
    def kidney(self) -> LabResult | None:
        """The current kidney function, or None."""
        return self.readings.kidney()

    @property
    def kidneys_confirm(self) -> bool:
        """True when eGFR is surely 60 or above, so that raised metabolites mean something."""
        measured = self.kidney.measured if self.kidney else None
        limit = self.policy.kidney.confirms_metabolites_from
        return measured is not None and measured.surely_at_least(limit)

    @property
    def mma_raised(self) -> bool:
        """True when MMA surely lies above its limit; absent counts as not raised."""
        return self._above(self.mma, self.mma_limit)

    @property
    def mma_normal(self) -> bool:
        """True when MMA surely does not lie above its limit; absent counts as not normal."""
        return self._not_above(self.mma, self.mma_limit)

    @property
    def homocysteine_raised(self) -> bool:
        """True when homocysteine surely lies above its limit."""
        return self._above(self.homocysteine, self.thresholds.homocysteine.raised_above)

    @property
    def mma_limit(self) -> Decimal:
        """The default limit by age; an unknown age takes the younger one."""
        limit = self.thresholds.mma
        age = self.setting.age_years
        older = age is not None and age >= limit.older_from_years
        return limit.raised_above_older if older else limit.raised_above

    def class_of(self, result: LabResult) -> B12Status:
        """Deficient, indeterminate or unlikely by the two cut points of the reported unit."""
        measured = result.measured
        if measured is None:
            return B12Status.UNKNOWN
        cut = self._cut_points(result)
        if measured.surely_below(cut.deficient_below):
            return B12Status.DEFICIENT
        if measured.surely_above(cut.unlikely_above):
            return B12Status.UNLIKELY
        return B12Status.INDETERMINATE

    def _cut_points(self, result: LabResult) -> TwoCutPoints:
        if result.analyte is Analyte.HOLOTC:
            return self.thresholds.active_b12
        molar = self.thresholds.total_b12_molar
        unit = result.measured.unit if result.measured else ""
        return molar if unit == molar.unit else self.thresholds.total_b12_mass

    @staticmethod
    def _above(result: LabResult | None, default: Decimal) -> bool:
        if result is None or result.measured is None:
            return False
        return result.measured.surely_above(result.upper_limit or default)

    @staticmethod
    def _not_above(result: LabResult | None, default: Decimal) -> bool:
        if result is None or result.measured is None:
            return False
        return result.measured.surely_at_most(result.upper_limit or default)


def _present(*results: LabResult | None) -> tuple[LabResult, ...]:
    return tuple(result for result in results if result is not None)


def antibody_positive(readings: Readings) -> bool:
    """True when the newest anti-intrinsic factor result is positive; equivocal is not."""
    result = readings.current(Analyte.ANTI_INTRINSIC_FACTOR)
    return result is not None and result.finding is Finding.POSITIVE
