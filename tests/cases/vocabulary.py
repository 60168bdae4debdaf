"""The words of the case language, and what in the domain each stands for."""

from __future__ import annotations

from dataclasses import dataclass

from regimens.concepts import Concept, Operation
from regimens.facts import Allergen, Analyte
from regimens.orders import Form, Route, Site, Special
from regimens.substances import Substance


@dataclass(frozen=True, slots=True)
class Drug:
    """What a drug's name means; no substances for a drug the rules do not know."""

    substances: frozenset[Substance] = frozenset()
    special: Special | None = None
    form: Form | None = None


def _drug(*substances: Substance, special: Special | None = None, form: Form | None = None) -> Drug:
    return Drug(frozenset(substances), special, form)


DRUGS: dict[str, Drug] = {
    **{substance.value: _drug(substance) for substance in Substance},
    "vitamin B12 with folic acid": _drug(Substance.COBALAMIN, Substance.FOLIC_ACID),
    "cyanocobalamin with folic acid": _drug(Substance.CYANOCOBALAMIN, Substance.FOLIC_ACID),
    "omeprazole": _drug(Substance.PROTON_PUMP_INHIBITOR),
    "famotidine": _drug(Substance.H2_ANTAGONIST),
    "warfarin": _drug(Substance.VITAMIN_K_ANTAGONIST),
    "apixaban": _drug(Substance.DIRECT_ORAL_ANTICOAGULANT),
    "pyrimethamine": _drug(Substance.ANTIFOLATE),
    "potassium chloride": _drug(Substance.POTASSIUM),
    "Cyanokit": _drug(
        Substance.HYDROXOCOBALAMIN, special=Special.CYANIDE_ANTIDOTE, form=Form.INJECTABLE
    ),
    "multivitamin": _drug(Substance.CYANOCOBALAMIN, special=Special.MULTIVITAMIN, form=Form.ORAL),
    "amoxicillin": _drug(),
}

FORMS: dict[str, Form] = {
    "injection": Form.INJECTABLE,
    "ampoule": Form.INJECTABLE,
    "tablet": Form.ORAL,
    "tablets": Form.ORAL,
    "capsule": Form.ORAL,
    "capsules": Form.ORAL,
    "nasal spray": Form.NASAL,
}

ROUTES: dict[str, Route] = {
    **{route.value: route for route in Route if route is not Route.OTHER},
    "deep SC": Route.SUBCUTANEOUS,
    "by mouth": Route.ORAL,
    "by another route": Route.OTHER,
}

SITES: dict[str, Site] = {
    "into the deltoid": Site.DELTOID,
    "into the thigh": Site.VASTUS_LATERALIS,
    "into the buttock": Site.BUTTOCK,
    "into the ventrogluteal site": Site.VENTROGLUTEAL,
    "into another site": Site.OTHER,
}

ANALYTES: dict[str, Analyte] = {
    **{analyte.value: analyte for analyte in Analyte},
    "holoTC": Analyte.HOLOTC,
    "active B12": Analyte.HOLOTC,
    "Hcy": Analyte.HOMOCYSTEINE,
    "anti-IF": Analyte.ANTI_INTRINSIC_FACTOR,
    "Hb": Analyte.HAEMOGLOBIN,
    "Hct": Analyte.HAEMATOCRIT,
    "CrCl": Analyte.CREATININE_CLEARANCE,
    "pregnancy test": Analyte.PREGNANCY_STATUS,
}

# The one unit in which the domain keeps an analyte; total B12 has two and must state which.
UNITS: dict[Analyte, str] = {
    Analyte.HOLOTC: "pmol/L",
    Analyte.MMA: "nmol/L",
    Analyte.HOMOCYSTEINE: "umol/L",
    Analyte.FOLATE: "nmol/L",
    Analyte.RED_CELL_FOLATE: "nmol/L",
    Analyte.GASTRIN: "ng/L",
    Analyte.FERRITIN: "ug/L",
    Analyte.IRON: "umol/L",
    Analyte.POTASSIUM: "mmol/L",
    Analyte.HAEMOGLOBIN: "g/L",
    Analyte.HAEMATOCRIT: "%",
    Analyte.MCV: "fL",
    Analyte.RETICULOCYTES: "%",
    Analyte.RETICULOCYTES_ABSOLUTE: "10*9/L",
    Analyte.PLATELETS: "10*9/L",
    Analyte.EGFR: "mL/min",
    Analyte.CREATININE_CLEARANCE: "mL/min",
    Analyte.CREATININE: "umol/L",
    Analyte.INR: "",
}
B12_UNITS = {"ng/L": "ng/L", "pg/mL": "ng/L", "pmol/L": "pmol/L"}

CONDITIONS: dict[str, frozenset[Concept]] = {
    **{concept.value: frozenset({concept}) for concept in Concept},
    "autoimmune gastritis": frozenset({Concept.AUTOIMMUNE_GASTRITIS}),
    "E53.8": frozenset({Concept.B_GROUP_DEFICIENCY_UNSPECIFIED}),
    "macrocytosis": frozenset({Concept.MACROCYTOSIS}),
    "neuropathy": frozenset({Concept.PERIPHERAL_NEUROPATHY}),
    "glossitis": frozenset({Concept.GLOSSITIS}),
    "CKD stage 3": frozenset({Concept.CKD}),
    "CKD stage 4": frozenset({Concept.CKD_ADVANCED}),
    "CKD stage 5": frozenset({Concept.CKD_ADVANCED}),
    "vegan diet": frozenset({Concept.DIET_WITHOUT_B12}),
}

OPERATIONS: dict[str, Operation] = {
    **{operation.value: operation for operation in Operation},
    "RYGB": Operation.GASTRIC_BYPASS,
    "OAGB": Operation.ONE_ANASTOMOSIS_BYPASS,
    "BPD": Operation.BILIOPANCREATIC_DIVERSION,
}

ALLERGENS: dict[str, Substance | Allergen] = {
    **{substance.value: substance for substance in Substance},
    **{allergen.value: allergen for allergen in Allergen},
}
