"""Conditions, procedures and allergens the rules know, as domain names; codes become these."""

from __future__ import annotations

from enum import StrEnum


class Concept(StrEnum):
    """A condition or a history of one. The value is how a card names it."""

    PERNICIOUS_ANAEMIA = "pernicious anaemia"
    AUTOIMMUNE_GASTRITIS = "autoimmune or atrophic gastritis"
    B12_DEFICIENCY = "vitamin B12 deficiency"
    B12_DEFICIENCY_ANAEMIA = "vitamin B12 deficiency anaemia"
    INHERITED_B12_MALABSORPTION = "inherited B12 malabsorption"
    DIETARY_B12_DEFICIENCY = "dietary vitamin B12 deficiency"
    B_GROUP_DEFICIENCY_UNSPECIFIED = "B group vitamin deficiency, unspecified"  # E53.8
    OPTIC_NEUROPATHY_B12 = "optic neuropathy due to B12 deficiency"
    DEMENTIA_B12 = "dementia due to B12 deficiency"
    FOLATE_DEFICIENCY = "folate deficiency"
    MACROCYTOSIS = "macrocytic or megaloblastic anaemia"
    COELIAC_DISEASE = "coeliac disease"
    MALABSORPTION = "malabsorption"
    BACTERIAL_OVERGROWTH = "small intestinal bacterial overgrowth"
    PANCREATIC_INSUFFICIENCY = "pancreatic insufficiency"
    CROHN_ILEAL = "ileal Crohn's disease"
    DIET_WITHOUT_B12 = "vegan or strictly vegetarian diet"
    NITROUS_OXIDE_EXPOSURE = "nitrous oxide exposure"
    FISH_TAPEWORM = "diphyllobothriasis"
    LONG_TERM_METFORMIN = "long-term metformin"
    COBALAMIN_METABOLISM_DISORDER = "inborn error of cobalamin metabolism"
    LIVER_DISEASE = "liver disease"
    MYELOPROLIFERATIVE_DISEASE = "myeloproliferative disease"
    POLYCYTHAEMIA_VERA = "polycythaemia vera"
    SUBACUTE_COMBINED_DEGENERATION = "subacute combined degeneration"
    PERIPHERAL_NEUROPATHY = "peripheral neuropathy"
    PARAESTHESIA = "paraesthesia"
    NUMBNESS = "numbness"
    GAIT_DISTURBANCE = "gait disturbance"
    COGNITIVE_IMPAIRMENT = "cognitive impairment"
    GLOSSITIS = "glossitis or tongue symptoms"
    LEBER_OPTIC_ATROPHY = "Leber optic atrophy"
    OPTIC_ATROPHY = "optic atrophy"
    THROMBOCYTOPENIA = "thrombocytopenia"
    HYPOKALAEMIA = "hypokalaemia"
    CKD = "chronic kidney disease"
    CKD_ADVANCED = "chronic kidney disease stage 4 or 5"
    KIDNEY_FAILURE = "kidney failure"
    DIALYSIS = "dialysis"
    ACUTE_KIDNEY_INJURY = "acute kidney injury"
    DIABETIC_NEPHROPATHY = "diabetic nephropathy"
    PREGNANCY = "pregnancy"
    PREGNANCY_PLANNED = "pregnancy planned"
    LACTATION = "lactation"
    CYANIDE_EXPOSURE = "cyanide exposure"
    HAEMOLYTIC_ANAEMIA = "haemolytic anaemia"
    BARIATRIC_SURGERY_HISTORY = "bariatric surgery"
    GASTRECTOMY_UNSPECIFIED = "gastrectomy, extent not stated"
    VASOPLEGIA = "vasoplegia"


class Operation(StrEnum):
    """A procedure the rules know. The value is how a card names it."""

    BARIATRIC_UNSPECIFIED = "bariatric surgery"
    GASTRIC_BYPASS = "Roux-en-Y gastric bypass"
    ONE_ANASTOMOSIS_BYPASS = "one-anastomosis gastric bypass"
    SLEEVE_GASTRECTOMY = "sleeve gastrectomy"
    GASTRIC_BAND = "gastric band"
    BILIOPANCREATIC_DIVERSION = "biliopancreatic diversion"
    TOTAL_GASTRECTOMY = "total gastrectomy"
    PARTIAL_GASTRECTOMY = "partial gastrectomy"
    ILEAL_RESECTION = "ileal resection"
    B12_INJECTION = "vitamin B12 injection"
    DIALYSIS = "dialysis"


BARIATRIC = frozenset(
    {
        Operation.BARIATRIC_UNSPECIFIED,
        Operation.GASTRIC_BYPASS,
        Operation.ONE_ANASTOMOSIS_BYPASS,
        Operation.SLEEVE_GASTRECTOMY,
        Operation.GASTRIC_BAND,
        Operation.BILIOPANCREATIC_DIVERSION,
    }
)

NEURO_MAJOR = frozenset(
    {
        Concept.SUBACUTE_COMBINED_DEGENERATION,
        Concept.PERIPHERAL_NEUROPATHY,
        Concept.PARAESTHESIA,
        Concept.NUMBNESS,
        Concept.GAIT_DISTURBANCE,
        Concept.COGNITIVE_IMPAIRMENT,
        Concept.OPTIC_NEUROPATHY_B12,
        Concept.DEMENTIA_B12,
    }
)

NEURO_MINOR = frozenset({Concept.GLOSSITIS})

# Diagnoses that name B12 deficiency or pernicious anaemia; never macrocytosis, never E53.8 (C36).
CODED_B12_DIAGNOSES = frozenset(
    {
        Concept.PERNICIOUS_ANAEMIA,
        Concept.B12_DEFICIENCY,
        Concept.B12_DEFICIENCY_ANAEMIA,
        Concept.INHERITED_B12_MALABSORPTION,
        Concept.DIETARY_B12_DEFICIENCY,
        Concept.OPTIC_NEUROPATHY_B12,
        Concept.DEMENTIA_B12,
    }
)
