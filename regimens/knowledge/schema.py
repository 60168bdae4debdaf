"""The shape of the knowledge files. A file that does not fit is refused with file, key, reason."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, model_validator

from regimens.orders import Form, Route
from regimens.proposals import Purpose
from regimens.quantities import PeriodUnit
from regimens.substances import COBALAMINS, Substance
from regimens.verdict import Indicator

Positive = Annotated[Decimal, Field(gt=0)]
Days = Annotated[int, Field(gt=0)]
NonEmpty = Annotated[str, Field(min_length=1)]


class Strict(BaseModel):
    """Frozen, and no key may be misspelt."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Sourced(Strict):
    """What every knowledge file carries: its sources and who, if anybody, approved it.

    `approval` is "none" until a site signs the content hash in its own configuration.
    """

    title: NonEmpty
    cites: tuple[NonEmpty, ...] = Field(min_length=1)
    reviewed_on: date
    next_review: date
    approval: Literal["none"]

    @model_validator(mode="after")
    def _review_comes_later(self) -> Self:
        if self.next_review <= self.reviewed_on:
            raise ValueError("next_review must come after reviewed_on")
        return self


class Citation(Strict):
    """One source; `url` is None when there is none, or none that could be verified."""

    label: NonEmpty
    title: str | None = None
    url: HttpUrl | None = None
    mark: Literal["V", "V2", "S", "P"]
    retrieved_on: date | None = None
    note: str | None = None


class Citations(Strict):
    """All sources by key."""

    title: NonEmpty
    reviewed_on: date
    next_review: date
    approval: Literal["none"]
    citation: dict[str, Citation]


class SiteCitations(Strict):
    """The sources that a site's own file adds to ours."""

    citation: dict[str, Citation] = {}


class ProductEntry(Strict):
    """A product that a suggestion may name; strengths in micrograms."""

    substance: Substance
    form: Form
    name: NonEmpty
    micrograms_per_ml: Positive | None = None
    micrograms_per_unit: Positive | None = None


class Products(Sourced):
    """The products by id."""

    product: dict[str, ProductEntry]


class TwoCutPoints(Strict):
    """Two cut points make three bands, so no gap or overlap can be written."""

    unit: NonEmpty
    deficient_below: Positive
    unlikely_above: Positive

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.unlikely_above <= self.deficient_below:
            raise ValueError("unlikely_above must be greater than deficient_below")
        return self


class MmaLimit(Strict):
    """Above this, MMA is raised, where the laboratory gave no upper limit of its own."""

    unit: Literal["nmol/L"]
    raised_above: Positive
    raised_above_older: Positive
    older_from_years: Days


class RaisedAbove(Strict):
    """Above this, a metabolite is raised, where the laboratory gave no upper limit of its own."""

    unit: Literal["umol/L"]
    raised_above: Positive


class Thresholds(Sourced):
    """How a laboratory or a guideline reads B12, holoTC, MMA and homocysteine."""

    total_b12_mass: TwoCutPoints
    total_b12_molar: TwoCutPoints
    active_b12: TwoCutPoints
    mma: MmaLimit
    homocysteine: RaisedAbove

    @model_validator(mode="after")
    def _units(self) -> Self:
        stated = (self.total_b12_mass.unit, self.total_b12_molar.unit, self.active_b12.unit)
        if stated != ("ng/L", "pmol/L", "pmol/L"):
            raise ValueError("total_b12_mass is in ng/L, total_b12_molar and active_b12 in pmol/L")
        return self


class RegimenPhase(Strict):
    """One phase of a regimen; `days` None is open-ended."""

    purpose: Purpose
    product: NonEmpty
    micrograms: Positive
    route: Route
    frequency: Positive
    period: Positive
    unit: PeriodUnit
    days: Days | None = None


class Regimen(Strict):
    """The phases of one regimen, what to watch, and what may be offered instead, in order."""

    lifelong: bool
    phases: tuple[RegimenPhase, ...] = Field(min_length=1)
    alternatives: tuple[NonEmpty, ...] = ()
    monitoring: tuple[NonEmpty, ...] = ()
    cites: tuple[NonEmpty, ...] = Field(min_length=1)


class Shortage(Strict):
    """A dated record of supply; the site keeps it current."""

    in_shortage: bool
    recorded_on: date
    note: NonEmpty


class Formulary(Sourced):
    """Drugs, age floor and monitoring policy of a kind of site.

    `coded_as` names the formulary whose codes a site's own one uses for its products.
    """

    coded_as: NonEmpty | None = None
    adult_from_years: Days
    injectable: NonEmpty
    injectables_accepted: tuple[Substance, ...]
    oral: NonEmpty
    bare_b12_is: Substance
    monitors_b12_level: bool
    hydroxocobalamin_preferred: bool
    cobalt_allergy: Indicator
    dietary_interval_to_days: Days | None = None
    dietary_oral_daily_from_micrograms: Positive
    loading_dose_from_micrograms: Positive
    weekend: Literal["mark", "next_weekday"]
    hydroxocobalamin_shortage: Shortage | None = None
    regimen: dict[str, Regimen]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        missing = sorted(CHOSEN_BY_CODE - self.regimen.keys())
        if missing:
            raise ValueError(f"regimen.{missing[0]} is missing")
        for name, regimen in self.regimen.items():
            for other in regimen.alternatives:
                if other not in self.regimen:
                    raise ValueError(f"regimen.{name} offers {other}, which is not there")
        if not COBALAMINS.issuperset(self.injectables_accepted):
            raise ValueError("injectables_accepted may hold cobalamins only")
        return self


# Every regimen that the code can choose must be present in every formulary.
CHOSEN_BY_CODE = frozenset(
    {
        "deficient",
        "deficient-irreversible",
        "deficient-neuro",
        "deficient-dietary",
        "deficient-drug-induced",
        "nitrous-oxide",
        "prophylaxis-bypass",
        "prophylaxis-sleeve",
        "prophylaxis-oral",
        "prophylaxis-gastrectomy",
        "prophylaxis-ileal",
        "pregnant-bariatric",
        "bridge-oral",
    }
)


class RuleEntry(Strict):
    """How a rule speaks: its urgency, its sources, and the reasons for overriding it."""

    indicator: Indicator
    cites: tuple[NonEmpty, ...] = Field(min_length=1)
    override_reasons: tuple[NonEmpty, ...] = ()
    trigger: NonEmpty
    provenance: NonEmpty


class RuleFile(Strict):
    """The rules of one topic."""

    title: NonEmpty
    reviewed_on: date
    next_review: date
    approval: Literal["none"]
    rule: dict[str, RuleEntry]


class Windows(Strict):
    """Days a result may be old, the last day included."""

    b12: Days
    mma: Days
    homocysteine: Days
    kidney: Days
    kidney_if_impaired: Days
    kidney_impaired_below: Positive
    platelets: Days
    platelets_if_low: Days
    platelets_low_below: Positive
    blood_count: Days
    potassium: Days
    folate: Days
    ferritin: Days
    inr: Days
    exposure: Days
    pregnancy: Days
    recent_result: Days


class Doses(Strict):
    """Micrograms, as clinical.md and decisions.md name them."""

    trace_below: Positive
    therapeutic_injected: Positive
    therapeutic_swallowed_daily: Positive
    therapeutic_swallowed_daily_diet: Positive
    unit_error_from: Positive
    usual_from: Positive
    usual_to: Positive
    usual_dose: Positive
    folic_acid_daily_from: Positive
    folic_acid_pregnancy_to: Positive
    oral_treatment_daily_from: Positive
    renal_from: Positive


class Intervals(Strict):
    """Days between doses; a ceiling is inclusive."""

    loading_to: Positive
    loading_doses_from: Positive
    neuro_loading_to: Positive
    maintenance_from: Positive
    neuro_maintenance_to: Positive
    hydroxocobalamin_to: Positive
    cyanocobalamin_to: Positive
    ileal_to: Positive


class Courses(Strict):
    """Days of a course."""

    loading_recent: Days
    neuro_review: Days
    frequent_review: Days
    oral_renewal_from: Days
    loading_running_within: Days


class Bowel(Strict):
    """Centimetres of ileum; both exclusive."""

    ileal_resection_above: Positive
    crohn_extent_above: Positive


class Kidney(Strict):
    """eGFR or creatinine clearance, mL/min."""

    cyanocobalamin_below: Positive
    confirms_metabolites_from: Positive


class PlateletTiers(Strict):
    """Platelets, 10*9/L: below critical, below high risk, up to and including technique."""

    critical_below: Positive
    high_risk_below: Positive
    technique_to: Positive


class Blood(Strict):
    """Cut points of the blood count; units as in policy.toml."""

    severe_haemoglobin_below: Positive
    severe_haematocrit_below: Positive
    low_haemoglobin_below: Positive
    response_haematocrit_below: Positive
    reticulocytes_upper: Positive
    reticulocytes_multiple: Positive
    macrocytosis_above: Positive


class PotassiumPolicy(Strict):
    """When potassium is low, and the hours at which it is checked during loading."""

    low_below: Positive
    checks_hours: tuple[int, ...]


class InrPolicy(Strict):
    """INR above which an injection into muscle is a warning."""

    high_above: Positive


class HeparinPolicy(Strict):
    """Doses of heparins that only prevent clots: by mass a day, or units a dose."""

    prophylaxis_micrograms_daily: tuple[Positive, ...]
    prophylaxis_units_to: Positive


class MonitoringPolicy(Strict):
    """Months and days of follow-up."""

    months: tuple[int, ...]
    trimester_months: tuple[int, ...]
    yearly_days: Days
    tolerance_days: Days
    response_days: tuple[int, int]
    early_from_day: Days
    early_to_day: Days
    response_from_day: Days
    response_to_day: Days
    pregnancy_bariatric_days: Days
    not_trough_days: Days
    on_therapy_from_days: Days
    metabolite_agreement_days: Days
    class_agreement_days: Days
    shortage_record_days: Days
    platelet_recheck_hours: tuple[int, int]


class DrugMonths(Strict):
    """Months a drug must have been taken before it counts as a cause."""

    metformin: Days
    acid_suppressant: Days


class Words(Strict):
    """Words in the reason of an order, in lower case; any part of a text may hold them."""

    level: tuple[NonEmpty, ...] = Field(min_length=1)
    symptom: tuple[NonEmpty, ...] = Field(min_length=1)


class Policy(Sourced):
    """Numbers that hold for every laboratory and formulary."""

    windows_days: Windows
    dose_micrograms: Doses
    interval_days: Intervals
    course_days: Courses
    bowel_cm: Bowel
    kidney: Kidney
    platelets: PlateletTiers
    blood: Blood
    potassium: PotassiumPolicy
    inr: InrPolicy
    heparin: HeparinPolicy
    monitoring: MonitoringPolicy
    drug_months: DrugMonths
    words: Words
