"""The specification's rules for a card, each kept and broken."""

from copy import deepcopy
from typing import Any

import pytest

from cds_hooks.card_rules import broken_response_rules, broken_rules

CARD: dict[str, Any] = {
    "uuid": "c1",
    "summary": "Cyanocobalamin with eGFR 38 (<50): prefer hydroxocobalamin.",
    "detail": "Kidney function is **low**.",
    "indicator": "warning",
    "source": {
        "label": "NICE NG239",
        "url": "https://www.nice.org.uk/guidance/ng239",
        "icon": "https://b12cds.org/icon.png",
        "topic": {"system": "https://b12cds.org/CodeSystem/rule", "code": "b12-regimen"},
    },
    "suggestions": [
        {
            "uuid": "s1",
            "label": "Replace",
            "isRecommended": True,
            "actions": [
                {"type": "create", "description": "New", "resource": {"resourceType": "Task"}},
                {"type": "update", "description": "Edit", "resource": {"resourceType": "Task"}},
                {"type": "delete", "description": "Remove", "resourceId": "MedicationRequest/1"},
            ],
        },
        {"uuid": "s2", "label": "Keep", "isRecommended": False},
    ],
    "selectionBehavior": "at-most-one",
    "overrideReasons": [{"system": "https://x.example", "code": "a", "display": "A"}],
    "links": [
        {"label": "NG239", "url": "https://www.nice.org.uk", "type": "absolute"},
        {"label": "App", "url": "https://app.example", "type": "smart", "appContext": "{}"},
    ],
    "extension": {"org.b12cds.evidence": {"rules": ["b12-regimen"]}},
}
GONE = object()


def changed(path: str, value: object) -> dict[str, Any]:
    """The good card with one member changed or, with GONE, removed."""
    card = deepcopy(CARD)
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    target: Any = card
    for step in way:
        target = target[step]
    if value is GONE:
        del target[last]
    else:
        target[last] = value
    return card


def test_a_card_that_keeps_every_rule_has_no_violations() -> None:
    """The checks do not invent rules."""
    assert broken_rules(CARD) == ()


@pytest.mark.parametrize(
    "path",
    [
        "uuid",
        "detail",
        "source.url",
        "source.icon",
        "source.topic",
        "overrideReasons",
        "links",
        "extension",
        "suggestions.0.uuid",
        "suggestions.0.actions",
        "suggestions.0.isRecommended",
        "links.1.appContext",
    ],
)
def test_what_is_optional_may_be_missing(path: str) -> None:
    """A card is not made to carry more than the specification asks for."""
    assert broken_rules(changed(path, GONE)) == ()


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        # row 48: the summary
        ("summary", GONE, "summary is missing or blank"),
        ("summary", "", "summary is missing or blank"),
        ("summary", "  ", "summary is missing or blank"),
        ("summary", 5, "summary is missing or blank"),
        ("summary", "x" * 140, "summary is longer than 139 characters"),
        ("summary", "one\ntwo", "summary is not one line"),
        # row 49: the detail
        ("detail", 5, "detail is no text"),
        ("detail", " ", "detail is no text"),
        # row 50: the indicator
        ("indicator", GONE, "indicator is not info, warning or critical"),
        ("indicator", "hard-stop", "indicator is not info, warning or critical"),
        ("indicator", "Info", "indicator is not info, warning or critical"),
        # row 51: the source
        ("source", GONE, "source is missing"),
        ("source", "NICE", "source is missing"),
        ("source.label", GONE, "source.label is missing or blank"),
        ("source.label", " ", "source.label is missing or blank"),
        ("source.url", "/guidance/ng239", "source.url is not an absolute address"),
        ("source.url", "www.nice.org.uk", "source.url is not an absolute address"),
        ("source.url", "javascript:alert(1)", "source.url is not an absolute address"),
        ("source.url", "https://", "source.url is not an absolute address"),
        ("source.icon", "icon.png", "source.icon is not an absolute address"),
        ("source.topic", "rule", "source.topic.code is missing or blank"),
        ("source.topic.code", GONE, "source.topic.code is missing or blank"),
        ("source.topic.system", GONE, "source.topic.system is missing or blank"),
        # rows 52 and 53: how suggestions are chosen
        ("selectionBehavior", GONE, "suggestions without selectionBehavior"),
        ("selectionBehavior", "all", "selectionBehavior is not at-most-one or any"),
        # row 54: override reasons
        ("overrideReasons.0.display", GONE, "overrideReasons[0].display is missing or blank"),
        ("overrideReasons.0.code", GONE, "overrideReasons[0].code is missing or blank"),
        ("overrideReasons.0.system", GONE, "overrideReasons[0].system is missing or blank"),
        ("overrideReasons", {"code": "a"}, "overrideReasons is not a list"),
        # rows 56 and 57: suggestions
        ("suggestions.0.label", GONE, "suggestions[0].label is missing or blank"),
        ("suggestions.0.uuid", 5, "suggestions[0].uuid is no text"),
        ("suggestions.0.isRecommended", "yes", "suggestions[0].isRecommended is not true or false"),
        (
            "suggestions.1.isRecommended",
            True,
            "several suggestions are recommended, but at most one may be taken",
        ),
        (
            "suggestions.0.actionSelectionBehavior",
            "all",
            "suggestions[0].actionSelectionBehavior needs a client that is known to support it",
        ),
        ("suggestions.1", "Keep", "suggestions[1] is not an object"),
        # rows 58 to 60: actions
        (
            "suggestions.0.actions.0.type",
            "replace",
            "suggestions[0].actions[0].type is not create, update or delete",
        ),
        (
            "suggestions.0.actions.0.description",
            GONE,
            "suggestions[0].actions[0].description is missing or blank",
        ),
        (
            "suggestions.0.actions.0.resource",
            GONE,
            "suggestions[0].actions[0].resource is missing",
        ),
        (
            "suggestions.0.actions.1.resource",
            {"id": "1"},
            "suggestions[0].actions[1].resource is missing",
        ),
        (
            "suggestions.0.actions.2.resourceId",
            GONE,
            "suggestions[0].actions[2].resourceId is missing",
        ),
        ("suggestions.0.actions.0", 5, "suggestions[0].actions[0] is not an object"),
        # rows 62 and 63: links
        ("links.0.label", GONE, "links[0].label is missing or blank"),
        ("links.0.url", "nice.org.uk", "links[0].url is not an absolute address"),
        ("links.0.type", "relative", "links[0].type is not absolute or smart"),
        ("links.0.appContext", "{}", "links[0].appContext is for SMART links only"),
        ("links.0", "NG239", "links[0] is not an object"),
        # row 47: the uuid
        ("uuid", "s1", "a uuid occurs twice"),
        ("suggestions.1.uuid", "s1", "a uuid occurs twice"),
        ("uuid", 5, "uuid is no text"),
        # row 3: nothing empty, at any depth
        ("suggestions", [], "suggestions is empty"),
        ("overrideReasons", [], "overrideReasons is empty"),
        ("suggestions.0.actions", [], "suggestions[0].actions is empty"),
        ("extension", {}, "extension is empty"),
        ("extension.other", None, "extension.other is empty"),
        ("extension.other", {"deep": [{"deeper": ""}]}, "extension.other.deep[0].deeper is empty"),
        ("source.url", None, "source.url is empty"),
        (
            "suggestions.0.actions.0.resource.note",
            [],
            "suggestions[0].actions[0].resource.note is empty",
        ),
    ],
)
@pytest.mark.row(3, 5, 47, 48, 50, 51, 52, 53, 54, 56, 57, 58, 59, 60, 62, 63)
def test_each_broken_rule_is_named(path: str, value: object, fault: str) -> None:
    """Every rule of rows 3 and 47 to 63 is checked, and the sentence says which member broke it."""
    assert fault in broken_rules(changed(path, value))


@pytest.mark.row(48)
def test_the_longest_summary_has_139_characters() -> None:
    """The specification says fewer than 140."""
    assert broken_rules(changed("summary", "x" * 139)) == ()


def test_several_recommendations_are_fine_when_several_may_be_taken() -> None:
    """Only at-most-one forbids it."""
    card = changed("suggestions.1.isRecommended", True)
    assert broken_rules({**card, "selectionBehavior": "any"}) == ()


def test_fhir_may_have_a_null_in_an_array() -> None:
    """FHIR fills a primitive array with nulls where an extension stands for the value."""
    resource = {"resourceType": "Patient", "given": [None, "A"], "_given": [{"id": "x"}, None]}
    assert broken_rules(changed("suggestions.0.actions.0.resource", resource)) == ()


def test_no_violation_quotes_the_card() -> None:
    """Faults are logged, and a card holds patient data."""
    card = changed("summary", "Anna " * 40)
    assert all("Anna" not in fault for fault in broken_rules(card))


@pytest.mark.row(43)
def test_an_answer_is_checked_card_by_card() -> None:
    """The fault names the card."""
    card = changed("indicator", GONE)
    assert broken_response_rules({"cards": [CARD, {**card, "uuid": "c2", "suggestions": []}]}) == (
        "cards[1]: indicator is not info, warning or critical",
        "cards[1]: suggestions is empty",
    )


def test_a_uuid_occurs_once_in_an_answer() -> None:
    """Feedback could not be told apart otherwise."""
    assert broken_response_rules({"cards": [CARD, CARD]}) == ("a uuid occurs twice",)


@pytest.mark.row(44)
def test_an_empty_answer_is_a_good_answer() -> None:
    """Nothing to say is `cards: []`; an empty systemActions is forbidden."""
    assert broken_response_rules({"cards": []}) == ()
    assert broken_response_rules({"cards": [], "systemActions": []}) == ("systemActions is empty",)
