"""The JSON of a card."""

import pytest

from cds_hooks.card import (
    Action,
    ActionType,
    Card,
    Coding,
    Link,
    LinkType,
    OverrideReason,
    SelectionBehavior,
    Source,
    Suggestion,
    response,
    violations,
)
from regimens.verdict import Indicator

LEAST = Card("Summary", Indicator.INFO, Source("NICE"))


def test_the_least_card_has_three_members() -> None:
    """What is not said is left out, never null or empty."""
    assert LEAST.to_json() == {
        "summary": "Summary",
        "indicator": "info",
        "source": {"label": "NICE"},
    }
    assert violations(LEAST) == ()


def test_a_full_card_has_the_names_of_the_specification() -> None:
    """Every member arrives under the name that clients read."""
    delete = Action(ActionType.DELETE, "Remove", resource_id="MedicationRequest/1")
    card = Card(
        summary="Summary",
        indicator=Indicator.CRITICAL,
        source=Source("NICE", "https://nice.org.uk", topic=Coding("https://x.example", "a", "A")),
        uuid="c1",
        detail="Detail",
        suggestions=(Suggestion("Do", "s1", True, (delete,)),),
        selection_behavior=SelectionBehavior.AT_MOST_ONE,
        override_reasons=(OverrideReason("https://x.example", "b", "B"),),
        links=(Link("App", "https://app.example", LinkType.SMART, "{}", autolaunchable=False),),
        extension={"org.b12cds.evidence": {"rules": ["a"]}},
        rebuilt_because=("never shown",),
    )
    assert card.to_json() == {
        "uuid": "c1",
        "summary": "Summary",
        "detail": "Detail",
        "indicator": "critical",
        "source": {
            "label": "NICE",
            "url": "https://nice.org.uk",
            "topic": {"system": "https://x.example", "code": "a", "display": "A"},
        },
        "suggestions": [
            {
                "label": "Do",
                "uuid": "s1",
                "isRecommended": True,
                "actions": [
                    {
                        "type": "delete",
                        "description": "Remove",
                        "resourceId": "MedicationRequest/1",
                    }
                ],
            }
        ],
        "selectionBehavior": "at-most-one",
        "overrideReasons": [{"system": "https://x.example", "code": "b", "display": "B"}],
        "links": [
            {
                "label": "App",
                "url": "https://app.example",
                "type": "smart",
                "appContext": "{}",
                "autolaunchable": False,
            }
        ],
        "extension": {"org.b12cds.evidence": {"rules": ["a"]}},
    }
    assert violations(card) == ()


def test_blanks_in_an_extension_are_left_out_at_any_depth() -> None:
    """An input without unit or date must not become an empty string or a null."""
    extension = {"e": {"inputs": [{"name": "B12", "unit": "", "date": None}, {}], "none": [[]]}}
    card = Card("Summary", Indicator.INFO, Source("NICE"), extension=extension)
    assert card.to_json()["extension"] == {"e": {"inputs": [{"name": "B12"}]}}


@pytest.mark.row(2, 59)
def test_a_resource_goes_out_as_it_came() -> None:
    """FHIR has its own rules for blanks; the mappers keep them."""
    resource = {"resourceType": "Patient", "given": [None, "A"]}
    assert Action(ActionType.CREATE, "New", resource).to_json()["resource"] == resource


@pytest.mark.row(4, 43)
def test_the_answer_always_has_a_list_of_cards() -> None:
    """Row 43, and row 44 for an empty one."""
    assert response(()) == {"cards": []}
    assert response((LEAST,)) == {"cards": [LEAST.to_json()]}
