"""What bends the advice: causes, neurological involvement, pregnancy."""

from __future__ import annotations

from typing import Any

import pytest

from regimens.concepts import Concept, Operation
from regimens.modifiers import CauseKind
from tests.regimens.builders import make

IRREVERSIBLE_AND_PROPHYLACTIC = (True, True)
IRREVERSIBLE = (True, False)
PROPHYLACTIC = (False, True)
NEITHER = (False, False)


@pytest.mark.parametrize(
    ("procedure", "expected"),
    [
        ("RYGB", IRREVERSIBLE_AND_PROPHYLACTIC),
        ("OAGB", IRREVERSIBLE_AND_PROPHYLACTIC),
        ("BPD", IRREVERSIBLE_AND_PROPHYLACTIC),
        ("total gastrectomy", IRREVERSIBLE_AND_PROPHYLACTIC),
        ("ileal resection 21 cm", IRREVERSIBLE_AND_PROPHYLACTIC),
        ("ileal resection 20.5 cm", IRREVERSIBLE_AND_PROPHYLACTIC),
        ("ileal resection 20 cm", NEITHER),
        ("ileal resection 19 cm", NEITHER),
        ("ileal resection", NEITHER),
        ("partial gastrectomy", PROPHYLACTIC),
        ("sleeve gastrectomy", PROPHYLACTIC),
        ("gastric band", PROPHYLACTIC),
        ("bariatric surgery", PROPHYLACTIC),
        ("dialysis", NEITHER),
    ],
)
def test_operations(procedure: str, expected: tuple[bool, bool]) -> None:
    """What was cut decides whether B12 is for life, and whether prophylaxis is indicated."""
    case = make(procedures=[procedure])
    assert (bool(case.irreversible), case.prophylactic) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("pernicious anaemia", IRREVERSIBLE),
        ("pernicious anaemia (historical)", IRREVERSIBLE),
        ("autoimmune gastritis", IRREVERSIBLE),
        ("ileal Crohn's disease 31 cm", IRREVERSIBLE_AND_PROPHYLACTIC),
        ("ileal Crohn's disease 30 cm", NEITHER),
        ("ileal Crohn's disease 29 cm", NEITHER),
        ("ileal Crohn's disease", NEITHER),
        ("bariatric surgery", PROPHYLACTIC),
        ("gastrectomy, extent not stated", PROPHYLACTIC),
        ("coeliac disease", NEITHER),
        ("vegan diet", NEITHER),
        ("vitamin B12 deficiency", NEITHER),
        ("E53.8", NEITHER),
    ],
)
def test_conditions(condition: str, expected: tuple[bool, bool]) -> None:
    """Autoimmune causes are for life without being prophylactic; Crohn's above 30 cm is both."""
    case = make(conditions=[condition])
    assert (bool(case.irreversible), case.prophylactic) == expected


@pytest.mark.parametrize(
    ("lab", "irreversible"),
    [
        ("anti-IF positive 20 years ago", True),
        ("anti-IF equivocal", False),
        ("anti-IF negative", False),
        ("parietal cell antibody positive", False),
    ],
)
def test_antibodies(lab: str, *, irreversible: bool) -> None:
    """Only a positive anti-IF counts, and it does not expire."""
    assert bool(make(labs=[lab]).irreversible) is irreversible


def test_what_is_not_recorded_is_marked() -> None:
    """A resection without a length and Crohn's without an extent are unmeasured."""
    case = make(procedures=["ileal resection"], conditions=["ileal Crohn's disease"])
    assert [cause.unmeasured for cause in case.causes] == [True, True]
    case = make(procedures=["ileal resection 15 cm"], conditions=["ileal Crohn's disease 15 cm"])
    assert [cause.unmeasured for cause in case.causes] == [False, False]


def test_irreversible_causes_come_first() -> None:
    """The first cause is the one a card names."""
    case = make(conditions=["coeliac disease", "pernicious anaemia", "vegan diet"])
    assert [cause.kind for cause in case.causes] == [
        CauseKind.AUTOIMMUNE,
        CauseKind.MALABSORPTION,
        CauseKind.DIET,
    ]


@pytest.mark.parametrize(
    ("conditions", "dietary"),
    [
        (["vegan diet"], True),
        (["dietary vitamin B12 deficiency"], True),
        (["vegan diet", "coeliac disease"], False),
        (["vegan diet", "coeliac disease (historical)"], True),
        (["vegan diet (historical)"], False),
        ([], False),
    ],
)
def test_a_purely_dietary_cause(conditions: list[str], *, dietary: bool) -> None:
    """Coded, present, and no malabsorptive cause beside it."""
    assert make(conditions=conditions).dietary is dietary


MAJOR = {
    Concept.SUBACUTE_COMBINED_DEGENERATION,
    Concept.PERIPHERAL_NEUROPATHY,
    Concept.PARAESTHESIA,
    Concept.NUMBNESS,
    Concept.GAIT_DISTURBANCE,
    Concept.COGNITIVE_IMPAIRMENT,
    Concept.OPTIC_NEUROPATHY_B12,
    Concept.DEMENTIA_B12,
}


@pytest.mark.parametrize("concept", list(Concept))
def test_neurological_involvement(concept: Concept) -> None:
    """The rows of 5.4 up to "cognitive", optic neuropathy and dementia due to B12; glossitis is minor."""
    present = make(conditions=[concept.value]).neuro
    past = make(conditions=[f"{concept.value} (historical)"]).neuro
    assert bool(present.active) is (concept in MAJOR)
    assert bool(present.minor) is (concept is Concept.GLOSSITIS)
    assert bool(past.historical) is (concept in MAJOR)
    assert not past.active
    assert not past.minor


def test_every_concept_and_operation_is_told_apart() -> None:
    """The names of cards are unique, so that no two causes read the same."""
    names = [concept.value for concept in Concept]
    assert len(names) == len(set(names))
    assert len({operation.value for operation in Operation}) == len(Operation)


@pytest.mark.parametrize(
    ("given", "pregnant"),
    [
        ({"conditions": ["pregnancy"]}, True),
        ({"conditions": ["pregnancy"], "sex": "female"}, True),
        ({"conditions": ["pregnancy"], "sex": "male"}, False),
        ({"conditions": ["pregnancy 310 days ago"]}, True),
        ({"conditions": ["pregnancy 311 days ago"]}, False),
        ({"conditions": ["pregnancy (historical)"]}, False),
        ({"conditions": ["pregnancy planned"]}, False),
        ({"labs": ["pregnancy status positive 310 days ago"]}, True),
        ({"labs": ["pregnancy status positive 311 days ago"]}, False),
        ({"labs": ["pregnancy status negative"]}, False),
    ],
)
def test_pregnancy(given: dict[str, Any], *, pregnant: bool) -> None:
    """A pregnancy on record for at most 310 days, never of a male patient."""
    assert make(**given).pregnant is pregnant
