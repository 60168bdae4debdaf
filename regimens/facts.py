"""What is known of a patient, in domain words, with what is not known kept apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Generic, TypeVar

from regimens.concepts import Concept, Operation
from regimens.orders import Order
from regimens.quantities import Measured
from regimens.substances import Substance

T = TypeVar("T")


class Analyte(StrEnum):
    """What a laboratory measured. The value is how a card names it."""

    B12 = "B12"
    HOLOTC = "active B12 (holotranscobalamin)"
    MMA = "MMA"
    HOMOCYSTEINE = "homocysteine"
    FOLATE = "folate"
    RED_CELL_FOLATE = "red cell folate"
    ANTI_INTRINSIC_FACTOR = "anti-intrinsic factor antibody"
    PARIETAL_CELL_ANTIBODY = "parietal cell antibody"
    GASTRIN = "gastrin"
    FERRITIN = "ferritin"
    IRON = "iron"
    POTASSIUM = "potassium"
    HAEMOGLOBIN = "haemoglobin"
    HAEMATOCRIT = "haematocrit"
    MCV = "MCV"
    RETICULOCYTES = "reticulocytes"
    RETICULOCYTES_ABSOLUTE = "reticulocytes (absolute)"
    PLATELETS = "platelets"
    EGFR = "eGFR"
    CREATININE_CLEARANCE = "creatinine clearance"
    CREATININE = "creatinine"
    INR = "INR"
    PREGNANCY_STATUS = "pregnancy status"


class Finding(StrEnum):
    """A result in words."""

    POSITIVE = "positive"
    EQUIVOCAL = "equivocal"
    NEGATIVE = "negative"


class ResultStatus(StrEnum):
    """How firm a result is; cancelled and mistaken results never become facts."""

    PRELIMINARY = "preliminary"
    FINAL = "final"
    AMENDED = "amended"


class Unusable(StrEnum):
    """Why a result that was read is not used: absent for every rule but the one that says so."""

    IMPLAUSIBLE = "implausible"
    UNKNOWN_UNIT = "unknown unit"
    NO_VALUE = "no value"
    NO_DATE = "no date"
    FUTURE_DATE = "future date"


@dataclass(frozen=True, slots=True)
class LabResult:
    """One laboratory result in the unit the thresholds use, with what was reported kept as text.

    Total B12 keeps its kind of unit: ng/L (pg/mL is the same number) or pmol/L; it is never
    converted between mass and moles. Everything else is in one canonical unit: holoTC pmol/L, MMA
    nmol/L, homocysteine umol/L, folate nmol/L, ferritin ug/L, potassium mmol/L, haemoglobin g/L,
    haematocrit %, MCV fL, reticulocytes %, platelets 10*9/L, eGFR and creatinine clearance mL/min,
    creatinine umol/L, INR none. The limits are the laboratory's own, in the same unit, or None.
    """

    analyte: Analyte
    reference: str
    measured: Measured | None = None
    finding: Finding | None = None
    taken_on: date | None = None
    taken_at: datetime | None = None
    status: ResultStatus = ResultStatus.FINAL
    reported: str = ""
    code: str = ""
    specimen: str | None = None
    lower_limit: Decimal | None = None
    upper_limit: Decimal | None = None
    reference_range: str | None = None
    unusable: Unusable | None = None


class ClinicalState(StrEnum):
    """Whether a condition is present now; one without a stated state is active."""

    ACTIVE = "active"
    HISTORICAL = "historical"


@dataclass(frozen=True, slots=True)
class Condition:
    """A diagnosis, symptom or state; refuted and mistaken ones never become facts.

    `extent_cm` is the recorded length of diseased bowel, None when not recorded.
    """

    concepts: frozenset[Concept]
    reference: str
    text: str = ""
    state: ClinicalState = ClinicalState.ACTIVE
    onset: date | None = None
    extent_cm: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Procedure:
    """Something done to the patient. `length_cm` is the bowel removed, None when not recorded."""

    operations: frozenset[Operation]
    reference: str
    text: str = ""
    performed_on: date | None = None
    length_cm: Decimal | None = None


class Allergen(StrEnum):
    """Allergens besides the cobalamins themselves."""

    COBALT = "cobalt"
    BENZYL_ALCOHOL = "benzyl alcohol"
    MACROGOL = "macrogol (PEG)"


@dataclass(frozen=True, slots=True)
class Allergy:
    """An active allergy or intolerance; refuted, resolved and mistaken ones never become facts."""

    reference: str
    text: str = ""
    substances: frozenset[Substance] = frozenset()
    allergens: frozenset[Allergen] = frozenset()


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """One list of the record. Absence may be concluded only from a complete one.

    `complete` is False when the list was refused, timed out, has unread pages, or holds an entry
    that could not be read; what it does hold is still true. `why` says so in a few words.
    """

    items: tuple[T, ...] = ()
    complete: bool = True
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that could not be read: which list, what kind of trouble, where. No patient data."""

    source: str
    kind: str
    where: str = ""


class Sex(StrEnum):
    """Administrative gender as far as a formula needs it; None is not known."""

    FEMALE = "female"
    MALE = "male"


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """Everything the rules may know of one patient on the day `today`.

    `birth_date` None is not known; a year or month alone is taken as its last day, so that a
    patient is never counted older than certain.
    """

    today: date
    birth_date: date | None = None
    sex: Sex | None = None
    deceased: bool = False
    known: bool = True  # False when the Patient itself could not be read
    labs: Listing[LabResult] = Listing()
    medications: Listing[Order] = Listing()
    conditions: Listing[Condition] = Listing()
    procedures: Listing[Procedure] = Listing()
    allergies: Listing[Allergy] = Listing()
    gaps: tuple[Gap, ...] = ()

    @property
    def age_years(self) -> int | None:
        """Completed years by the calendar; None when the birth date is not known."""
        if self.birth_date is None:
            return None
        born, now = self.birth_date, self.today
        return now.year - born.year - ((now.month, now.day) < (born.month, born.day))


@dataclass(frozen=True, slots=True)
class DraftSet:
    """What the clinician is about to order, and what is selected in it.

    `tests` are laboratory tests ordered in the same set; `review_planned` is True when a Task,
    Appointment or ServiceRequest for review is in it. `selected` None means all.
    """

    orders: tuple[Order, ...] = ()
    selected: frozenset[str] | None = None
    tests: frozenset[Analyte] = frozenset()
    review_planned: bool = False
    gaps: tuple[Gap, ...] = ()
