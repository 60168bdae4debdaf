"""The laboratory results of a case, within their windows."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from regimens.case.record import Record
from regimens.concepts import Concept
from regimens.facts import (
    Analyte,
    LabResult,
)
from regimens.selection import Readings
from regimens.status import antibody_positive

KIDNEY_DISEASE = (
    Concept.CKD,
    Concept.CKD_ADVANCED,
    Concept.KIDNEY_FAILURE,
    Concept.DIALYSIS,
    Concept.ACUTE_KIDNEY_INJURY,
    Concept.DIABETIC_NEPHROPATHY,
)

ADVANCED_KIDNEY_DISEASE = (Concept.CKD_ADVANCED, Concept.KIDNEY_FAILURE, Concept.DIALYSIS)


@dataclass(frozen=True)
class Results(Record):
    """What was measured, and what it says by itself."""

    @cached_property
    def readings(self) -> Readings:
        """The laboratory results, by window."""
        return Readings(
            results=self.facts.labs.items,
            today=self.today,
            windows=self.policy.windows_days,
            kidney_disease=bool(self.active(*KIDNEY_DISEASE)),
            unexpired=self.unexpired,
        )

    def current(self, *analytes: Analyte) -> LabResult | None:
        """The newest usable result of these analytes within its window."""
        return self.readings.current(*analytes)

    def below(self, analyte: Analyte, limit: Decimal) -> LabResult | None:
        """The current result when it surely lies below `limit`."""
        result = self.current(analyte)
        measured = result.measured if result else None
        return result if measured is not None and measured.surely_below(limit) else None

    @cached_property
    def kidney(self) -> LabResult | None:
        """Current kidney function: eGFR or creatinine clearance."""
        return self.readings.kidney()

    @cached_property
    def kidney_impaired(self) -> bool:
        """True when kidney function surely lies below 50, or advanced disease is coded and no value is there."""
        if self.kidney is not None and self.kidney.measured is not None:
            return self.kidney.measured.surely_below(self.policy.kidney.cyanocobalamin_below)
        return bool(self.active(*ADVANCED_KIDNEY_DISEASE))

    @cached_property
    def anaemia(self) -> bool:
        """Coded, or haemoglobin below the laboratory's own limit, else below 100 g/L."""
        if self.active(Concept.MACROCYTOSIS, Concept.B12_DEFICIENCY_ANAEMIA):
            return True
        result = self.current(Analyte.HAEMOGLOBIN)
        if result is None or result.measured is None:
            return False
        limit = result.lower_limit or self.policy.blood.low_haemoglobin_below
        return result.measured.surely_below(limit)

    @cached_property
    def severe_anaemia(self) -> bool:
        """Haemoglobin below 80 g/L or haematocrit below 25 %, exactly (decisions, A24)."""
        blood = self.policy.blood
        return bool(
            self.below(Analyte.HAEMOGLOBIN, blood.severe_haemoglobin_below)
            or self.below(Analyte.HAEMATOCRIT, blood.severe_haematocrit_below)
        )

    @cached_property
    def potassium_at_risk(self) -> bool:
        """True with pernicious anaemia, anti-IF antibodies or severe anaemia: potassium can fall."""
        coded = self.active(Concept.PERNICIOUS_ANAEMIA)
        return bool(coded) or antibody_positive(self.readings) or self.severe_anaemia
