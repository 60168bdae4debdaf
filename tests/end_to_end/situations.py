"""Made-up records and orders that between them call for every suggestion there is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from service.demo.charts import materialise
from tests.end_to_end.ehr import bundle, call
from tests.end_to_end.records import (
    IV,
    MONTHLY,
    UCUM,
    allergy,
    b12,
    belonging_to,
    condition,
    cyanocobalamin,
    cyanocobalamin_tablets,
    egfr,
    every,
    folic_acid,
    given,
    haemoglobin,
    hydroxocobalamin,
    lab,
    medicine,
    mma,
    patient,
    platelets,
    potassium,
    procedure,
    running,
)
from tests.end_to_end.running import Json

LIST_OF = {
    "Observation": "labs",
    "MedicationRequest": "medications",
    "MedicationAdministration": "medications",
    "Condition": "conditions",
    "Procedure": "procedures",
    "AllergyIntolerance": "allergies",
}


@dataclass(frozen=True, slots=True)
class Situation:
    """A record, the orders drafted for it, and the proposals that some formulary then makes."""

    name: str
    proposals: frozenset[str]
    record: tuple[Json, ...] = ()
    drafts: tuple[Json, ...] = ()
    hook: str = "order-sign"
    who: Json = field(default_factory=lambda: patient("somebody"))

    def call(self, today: date) -> Json:
        """The hook call on that day, with the whole record in its prefetch."""
        name = self.who["id"]
        values: Json = {"patient": self.who, **{key: bundle() for key in set(LIST_OF.values())}}
        for each in self.record:
            entry = {"resource": belonging_to(name, each)}
            values[LIST_OF[each["resourceType"]]]["entry"].append(entry)
        drafts = [belonging_to(name, each) for each in self.drafts]
        asked: Json = materialise(call(self.hook, name, *drafts, prefetch=values), today)
        return asked


def _situation(name: str, proposals: str, *record: Json, **more: object) -> Situation:
    return Situation(name, frozenset(proposals.split()), record, **more)  # type: ignore[arg-type]


def _opening(name: str, proposals: str, *record: Json) -> Situation:
    return _situation(name, proposals, *record, hook="patient-view")


PERNICIOUS = condition("Pernicious anemia", "84027009")
TINGLING = condition("Paresthesia of foot", "309087008")
LOW = b12(110)
SOUND = (haemoglobin(135), egfr(88), platelets(220), lab("2284-8", 9.1, "ng/mL"))
TWO_WEEKS = {"value": 2, "unit": "week", "system": UCUM, "code": "wk"}
LOADING = every(1, "wk", 3, boundsDuration=TWO_WEEKS)
BYPASS = procedure("Roux-en-Y gastric bypass", "173747005")


def _loading(name: str = "draft-1") -> Json:
    return hydroxocobalamin(LOADING, id=name)


def _sited(draft: Json, site: str) -> Json:
    (dosage,) = draft["dosageInstruction"]
    return {**draft, "dosageInstruction": [{**dosage, "site": {"text": site}}]}


def _worded(draft: Json, text: str) -> Json:
    (dosage,) = draft["dosageInstruction"]
    rest = {key: value for key, value in dosage.items() if key != "timing"}
    return {
        **draft,
        "dosageInstruction": [{**rest, "text": text, "timing": {"code": {"text": text}}}],
    }


def _stopping(name: str) -> tuple[Json, Json]:
    """A running order, and the draft that stops it."""
    order = running(hydroxocobalamin(), 800)
    return {**order, "id": name}, {**order, "id": name, "status": "stopped"}


RUNNING = running(hydroxocobalamin(MONTHLY), 400)
STOPPED = _stopping("maintenance-1")
RENEWED = running(hydroxocobalamin(), 800, id="maintenance-2")

OPENINGS = (
    _opening("pernicious anaemia, untreated", "start-regimen", LOW, PERNICIOUS, *SOUND),
    _opening("neurological, untreated", "start-regimen", LOW, TINGLING, *SOUND),
    _opening(
        "vegan, untreated",
        "start-regimen",
        LOW,
        condition("Vegan diet"),
        *SOUND,
    ),
    _opening("gastric bypass without B12", "add-prophylaxis", BYPASS, *SOUND),
    _opening(
        "two years of injections without a blood count",
        "order-monitoring book-symptom-review",
        running(hydroxocobalamin(), 730),
        PERNICIOUS,
    ),
    _opening(
        "nitrous oxide and a normal B12",
        "order-metabolites start-without-waiting stop-nitrous-oxide",
        b12(450),
        *SOUND,
        condition("Nitrous oxide misuse"),
    ),
    _opening(
        "a week of injections in anaemia",
        "order-response",
        running(_loading(), 7),
        given("Hydroxocobalamin 1 mg/mL injection", 7),
        b12(90, 12),
        haemoglobin(82, 12),
        PERNICIOUS,
    ),
    _opening(
        "two weeks of injections and no response",
        "order-folate-ferritin review-diagnosis",
        running(_loading(), 14),
        given("Hydroxocobalamin 1 mg/mL injection", 14),
        b12(90, 20),
        haemoglobin(82, 20),
        lab("4544-3", 26, "%", 2),
        lab("17849-1", 1.1, "%", 2),
        PERNICIOUS,
    ),
    _opening(
        "B12 drawn days after an injection",
        "repeat-before-next-dose",
        running(hydroxocobalamin(), 400),
        given("Hydroxocobalamin 1 mg/mL injection", 9),
        b12(600, 3),
        haemoglobin(130),
    ),
    _opening("a B12 in an unknown unit", "repeat-tests", lab("2132-9", 150, "furlong/L")),
    _opening(
        "pregnant after a gastric bypass",
        "order-holotc",
        BYPASS,
        condition("Pregnancy", "77386006"),
        running(hydroxocobalamin(), 400),
        b12(400, 120),
        haemoglobin(130),
    ),
    _opening("raised metabolites with poor kidneys", "order-holotc", b12(300), mma(700), egfr(45)),
)

PRODUCTS = (
    _situation(
        "cyanocobalamin injected with an eGFR of 40",
        "replace-hydroxocobalamin replace-methylcobalamin-oral",
        LOW,
        haemoglobin(120),
        egfr(40),
        platelets(220),
        drafts=(cyanocobalamin(),),
    ),
    _situation(
        "cyanocobalamin tablets with an eGFR of 40",
        "replace-hydroxocobalamin-course replace-methylcobalamin-oral",
        LOW,
        egfr(40),
        drafts=(cyanocobalamin_tablets(),),
    ),
    _situation(
        "cyanocobalamin tablets in Leber optic neuropathy",
        "replace-hydroxocobalamin-course",
        LOW,
        *SOUND,
        condition("Leber's optic atrophy", "58610003"),
        drafts=(cyanocobalamin_tablets(),),
    ),
    _situation(
        "cyanocobalamin injected, kidneys unknown",
        "order-kidney-function order-missing-labs",
        LOW,
        drafts=(cyanocobalamin(),),
    ),
    _situation(
        "two injections in one set",
        "drop-draft drop-other-draft",
        LOW,
        *SOUND,
        drafts=(cyanocobalamin(), hydroxocobalamin(MONTHLY, id="draft-2")),
    ),
    _situation(
        "tablets beside running injections",
        "drop-draft stop-other",
        *SOUND,
        running(hydroxocobalamin(), 300),
        drafts=(cyanocobalamin_tablets(),),
    ),
    _situation(
        "an allergy to hydroxocobalamin",
        "switch-cobalamin allergy-advice",
        LOW,
        *SOUND,
        allergy("Hydroxocobalamin"),
        drafts=(_loading(),),
    ),
    _situation(
        "an allergy to cobalt",
        "add-observation-note allergy-advice",
        LOW,
        *SOUND,
        allergy("Cobalt"),
        drafts=(_loading(),),
    ),
    _situation(
        "B12 in a child",
        "paediatric-guidance",
        LOW,
        drafts=(_loading(),),
        who=patient("somebody", age=9),
    ),
)

DOSES = (
    _situation(
        "milligrams written for micrograms",
        "set-usual-dose",
        LOW,
        *SOUND,
        drafts=(cyanocobalamin(milligrams=1000),),
    ),
    _situation(
        "an unusual dose",
        "set-usual-dose",
        LOW,
        *SOUND,
        drafts=(hydroxocobalamin(milligrams=5),),
    ),
    _situation(
        "too little by mouth",
        "oral-1000-daily",
        LOW,
        *SOUND,
        drafts=(cyanocobalamin_tablets(50),),
    ),
    _situation(
        "tablets with pernicious anaemia and tingling",
        "replace-with-injections urgent-advice",
        LOW,
        *SOUND,
        PERNICIOUS,
        TINGLING,
        drafts=(cyanocobalamin_tablets(),),
    ),
    _situation(
        "into a vein", "route-im route-sc", LOW, *SOUND, drafts=(hydroxocobalamin(route=IV),)
    ),
    _situation(
        "into the buttock",
        "site-deltoid site-vastus-lateralis",
        LOW,
        *SOUND,
        drafts=(_sited(hydroxocobalamin(), "buttock"),),
    ),
    _situation(
        "into muscle with platelets of 8",
        "route-deep-sc oral-bridge haematology-advice",
        LOW,
        platelets(8),
        egfr(80),
        drafts=(_loading(),),
    ),
    _situation(
        "into muscle with platelets of 18",
        "route-deep-sc oral-bridge add-technique-note",
        LOW,
        platelets(18),
        egfr(80),
        drafts=(_loading(),),
    ),
    _situation(
        "into muscle with platelets of 40",
        "add-technique-note",
        LOW,
        platelets(40),
        drafts=(_loading(),),
    ),
    _situation(
        "into muscle with warfarin",
        "route-deep-sc oral-bridge add-technique-note",
        LOW,
        *SOUND,
        medicine("Warfarin 3 mg tablets", 200),
        drafts=(_loading(),),
    ),
)

COURSES = (
    _situation(
        "maintenance without loading",
        "add-loading",
        LOW,
        *SOUND,
        PERNICIOUS,
        drafts=(hydroxocobalamin(),),
    ),
    _situation(
        "monthly cyanocobalamin without loading, eGFR 40",
        "add-loading",
        LOW,
        egfr(40),
        PERNICIOUS,
        drafts=(cyanocobalamin(),),
    ),
    _situation(
        "loading without maintenance",
        "add-maintenance order-potassium",
        LOW,
        *SOUND,
        PERNICIOUS,
        drafts=(_loading(),),
    ),
    _situation(
        "loading with a potassium of 3.0",
        "repeat-potassium correct-potassium",
        LOW,
        *SOUND,
        potassium(3.0),
        drafts=(_loading(),),
    ),
    _situation(
        "weekly loading with tingling",
        "loading-alternate-days",
        LOW,
        *SOUND,
        TINGLING,
        drafts=(hydroxocobalamin(every(1, "wk", count=6)),),
    ),
    _situation(
        "three months between doses with tingling",
        "change-interval",
        *SOUND,
        TINGLING,
        running(hydroxocobalamin(every(2, "mo")), 400),
        drafts=(hydroxocobalamin(),),
    ),
    _situation(
        "weekly without an end",
        "plan-review",
        LOW,
        *SOUND,
        drafts=(hydroxocobalamin(every(1, "wk")),),
    ),
    _situation(
        "twice a week or every two weeks",
        "timing-twice-weekly timing-every-two-weeks",
        *SOUND,
        RUNNING,
        drafts=(_worded(hydroxocobalamin(), "biweekly"),),
    ),
    _situation(
        "twice a month or every two months",
        "timing-twice-monthly timing-every-two-months",
        *SOUND,
        RUNNING,
        drafts=(_worded(hydroxocobalamin(), "bimonthly"),),
    ),
    _situation(
        "stopping in pernicious anaemia",
        "keep-order replace-with-maintenance",
        STOPPED[0],
        PERNICIOUS,
        *SOUND,
        drafts=(STOPPED[1],),
    ),
    _situation(
        "less often because of a level",
        "record-symptom-review",
        RENEWED,
        *SOUND,
        drafts=(
            hydroxocobalamin(
                every(6, "mo"),
                id="maintenance-2",
                reasonCode=[{"text": "B12 level is high"}],
            ),
        ),
    ),
)

RESULTS = (
    _situation(
        "folic acid in untreated deficiency",
        "add-loading remove-folic-acid",
        LOW,
        *SOUND,
        drafts=(folic_acid(),),
    ),
    _situation(
        "folic acid with nitrous oxide and a normal B12",
        "order-metabolites start-without-waiting stop-nitrous-oxide",
        b12(450),
        *SOUND,
        condition("Nitrous oxide misuse"),
        drafts=(folic_acid(),),
    ),
    _situation("folic acid, B12 unknown", "order-b12 hold-folic-acid", drafts=(folic_acid(),)),
    _situation(
        "folic acid beside the first B12",
        "delay-folic-acid",
        LOW,
        *SOUND,
        drafts=(folic_acid(), _loading("draft-2")),
    ),
    _situation(
        "folic acid before the B12 of the same set",
        "start-b12-today delay-folic-acid-to-b12 remove-folic-acid",
        LOW,
        *SOUND,
        drafts=(
            folic_acid(),
            hydroxocobalamin(
                every(1, "wk", 3, boundsPeriod={"start": "@in_days:7", "end": "@in_days:20"}),
                id="draft-2",
            ),
        ),
    ),
    _situation(
        "tablets for tingling and a B12 between",
        "replace-with-regimen",
        b12(250),
        *SOUND,
        TINGLING,
        drafts=(cyanocobalamin_tablets(),),
    ),
    _situation(
        "B12 without a need", "order-second-line", b12(700), *SOUND, drafts=(hydroxocobalamin(),)
    ),
    _situation(
        "metformin",
        "medication-review",
        LOW,
        *SOUND,
        medicine("Metformin 500 mg tablets", 900),
        drafts=(_loading(),),
    ),
    _situation(
        "normal B12 against a raised MMA",
        "order-holotc-mma",
        b12(600),
        mma(900),
        *SOUND,
        drafts=(hydroxocobalamin(),),
    ),
    _situation(
        "normal B12 against antibodies and large cells",
        "order-holotc-mma alternate-assay",
        b12(600),
        lab("31444-3", "Positive"),
        lab("787-2", 112, "fL"),
        *SOUND,
        drafts=(hydroxocobalamin(),),
    ),
    _situation(
        "an eGFR too old to count",
        "repeat-tests",
        LOW,
        egfr(35, 400),
        haemoglobin(120),
        drafts=(cyanocobalamin(),),
    ),
)

SITUATIONS = (*OPENINGS, *PRODUCTS, *DOSES, *COURSES, *RESULTS)
