"""What each EHR gets of one and the same card."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cds_hooks import dialects
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
)
from cds_hooks.dialects import Dialect
from cds_hooks.dialects.narrow import narrow
from cds_hooks.dialects.rules import broken_rules
from cds_hooks.errors import CardBroken, DialectInvalid
from cds_hooks.evidence import EXTENSION
from regimens.checks import CHECKS
from regimens.verdict import Indicator
from service.clients import Dialect as Configured

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
NDC = "http://hl7.org/fhir/sid/ndc"
TABLE = "Words.\n\n| Evidence | Value | Date |\n| --- | --- | --- |\n| B12 | 96 ng/L | 18 Nov |\n"

DELETE = Action(ActionType.DELETE, "Remove the tablet", resource_id="MedicationRequest/draft-1")
CREATE = Action(
    ActionType.CREATE,
    "Order the injection",
    resource={
        "resourceType": "MedicationRequest",
        "medicationCodeableConcept": {
            "coding": [
                {"system": RXNORM, "code": "317106", "display": "Hydroxocobalamin 1 mg/mL"},
                {"system": NDC, "code": "0591-2888-30"},
            ]
        },
        "dosageInstruction": [{"text": "1 mg IM every 2 days"}, {"text": "1 mg IM every 3 months"}],
    },
)
CARD = Card(
    uuid="0c9f5b1e-3f0a-5d4e-9a57-1b8a0c6a7f11",
    summary="B12 tablets in neuropathy: inject instead.",
    detail=TABLE,
    indicator=Indicator.WARNING,
    source=Source(
        "NICE NG239", topic=Coding("https://b12cds.org/CodeSystem/rule", "oral-b12-neuro")
    ),
    suggestions=(
        Suggestion("Inject instead", "s-1", is_recommended=True, actions=(DELETE, CREATE)),
        Suggestion("Keep, and remove the other", "s-2", actions=(DELETE,)),
    ),
    selection_behavior=SelectionBehavior.AT_MOST_ONE,
    override_reasons=(OverrideReason("https://x.example", "preference", "The patient prefers it"),),
    links=(
        Link("App", "https://app.example", LinkType.SMART, app_context="{}", autolaunchable=True),
    ),
    extension={EXTENSION: {"rules": ["oral-b12-neuro"]}},
)
NAMES = ("cds-hooks-1.0", "cds-hooks-2.0", "epic", "oracle", "sandbox")


def sent(name: str, card: Card = CARD) -> dict[str, Any]:
    """The card on the wire."""
    return dialects.wire(card, dialects.read(name))


def actions(card: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """The actions of each suggestion."""
    return [offer["actions"] for offer in card["suggestions"]]


def test_every_dialect_that_can_be_configured_is_there() -> None:
    """A clients file may name exactly the dialects that have a file."""
    assert dialects.names() == NAMES
    assert {each.value for each in Configured} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_card_keeps_the_rules_of_its_dialect_after_the_change(name: str) -> None:
    """The rules are checked on what leaves, not on what was composed."""
    assert broken_rules(sent(name), dialects.read(name)) == ()


@pytest.mark.parametrize("name", NAMES)
def test_no_dialect_loses_the_finding_or_its_evidence(name: str) -> None:
    """Summary, urgency, source, offers and evidence reach every client."""
    card = sent(name)
    assert card["summary"] == CARD.summary
    assert card["indicator"] == "warning"
    assert card["source"]["label"] == "NICE NG239"
    assert card["extension"][EXTENSION]["rules"] == ["oral-b12-neuro"]
    kinds = [action["type"] for offer in actions(card) for action in offer]
    assert sorted(kinds) == ["create", "delete", "delete"]


@pytest.mark.row(47, 52, 53, 54, 56, 60)
def test_2_0_gets_the_card_as_it_was_composed() -> None:
    """The plain dialect says of every suggestion whether it is recommended, and changes nothing else."""
    composed = CARD.to_json()
    composed["suggestions"][1]["isRecommended"] = False
    assert sent("cds-hooks-2.0") == composed


@pytest.mark.row(53, 60)
def test_1_0_gets_nothing_that_2_0_added() -> None:
    """Version 1.0 knows no card uuid, topic, override reasons or recommendation."""
    card = sent("cds-hooks-1.0")
    assert not {"uuid", "overrideReasons", "systemActions"} & set(card)
    assert "topic" not in card["source"]
    assert card["selectionBehavior"] == "at-most-one"
    assert all("isRecommended" not in offer for offer in card["suggestions"])
    assert "autolaunchable" not in card["links"][0]
    assert card["links"][0]["appContext"] == "{}"


@pytest.mark.row(60)
def test_1_0_names_the_order_to_delete_by_the_id_in_resource() -> None:
    """`resourceId` came with 2.0; before it, `resource` held the bare id."""
    [deleted, _], _ = actions(sent("cds-hooks-1.0"))
    assert deleted == {
        "type": "delete",
        "description": "Remove the tablet",
        "resource": "draft-1",
    }


@pytest.mark.row(63)
def test_oracle_gets_1_0_without_app_context_and_without_tables() -> None:
    """Its links take no context, and its panel is too narrow for a table."""
    card = sent("oracle")
    assert "appContext" not in card["links"][0]
    assert "topic" not in card["source"]
    assert card["detail"] == "Words.\n\n- **B12:** 96 ng/L, 18 Nov\n"


@pytest.mark.row(53)
def test_epic_may_take_any_suggestion_and_each_has_one_action() -> None:
    """Epic honours only `any`, and applies one action of a suggestion."""
    card = sent("epic")
    assert card["selectionBehavior"] == "any"
    assert [len(each) for each in actions(card)] == [1, 1, 1]
    uuids = [offer["uuid"] for offer in card["suggestions"]]
    assert len(set(uuids)) == 3
    assert uuids == [offer["uuid"] for offer in sent("epic")["suggestions"]]


@pytest.mark.row(61)
def test_epic_reads_in_the_action_what_belongs_together_and_the_whole_regimen() -> None:
    """Epic shows the description alone and takes no dose from the resource."""
    removed, ordered, _ = (offer[0]["description"] for offer in actions(sent("epic")))
    assert removed == "Remove the tablet. Part 1 of 2 of: Inject instead"
    assert ordered == (
        "Order the injection. The whole order: 1 mg IM every 2 days; then 1 mg IM every 3 months."
        " Part 2 of 2 of: Inject instead"
    )


def test_epic_says_a_regimen_once() -> None:
    """A description that holds the instruction already stays as it is."""
    action = replace(
        CREATE,
        description="Order it: 1 mg IM now",
        resource={**(CREATE.resource or {}), "dosageInstruction": [{"text": "1 mg IM now"}]},
    )
    card = replace(CARD, suggestions=(Suggestion("Order", "s", actions=(action,)),))
    assert actions(sent("epic", card))[0][0]["description"] == "Order it: 1 mg IM now"


def test_epic_gets_its_names_of_code_systems_and_the_whole_resource() -> None:
    """RxNorm and NDC go by their OIDs; nothing else of the order changes."""
    ordered = actions(sent("epic"))[1][0]["resource"]
    systems = [each["system"] for each in ordered["medicationCodeableConcept"]["coding"]]
    assert systems == [
        "urn:oid:2.16.840.1.113883.6.88",
        "urn:oid:2.16.840.1.113883.6.69",
    ]
    assert ordered["dosageInstruction"] == (CREATE.resource or {})["dosageInstruction"]
    assert sent("epic")["overrideReasons"]


def test_the_topic_for_epic_is_letters_and_digits() -> None:
    """Epic keeps an override by the topic's code, which has no other characters."""
    assert sent("epic")["source"]["topic"]["code"] == "oralb12neuro"


def test_infos_that_share_a_card_share_one_topic_for_epic() -> None:
    """Which info comes first may change from call to call; the topic must not."""
    merged = replace(
        CARD, indicator=Indicator.INFO, extension={EXTENSION: {"rules": ["one", "two"]}}
    )
    assert sent("epic", merged)["source"]["topic"]["code"] == "b12notes"


def test_every_rule_keeps_a_topic_of_its_own_for_epic() -> None:
    """Two rules that became one topic would share their overrides."""
    rules = [check.rule for check in CHECKS]
    assert len({rule.replace("-", "") for rule in rules}) == len(rules)


def test_the_sandbox_finds_the_new_order_first_and_named() -> None:
    """It applies the first create or update, and only with a text and a code."""
    [first, second], _ = actions(sent("sandbox"))
    assert (first["type"], second["type"]) == ("create", "delete")
    concept = first["resource"]["medicationCodeableConcept"]
    assert concept["text"] == "Hydroxocobalamin 1 mg/mL"
    assert concept["coding"][0]["code"] == "317106"


@pytest.mark.row(57)
def test_action_selection_is_told_only_to_a_client_that_is_known_to_support_it() -> None:
    """The member of 3.0 would be an error elsewhere."""
    plain = dialects.read("cds-hooks-2.0")
    known = dialects.read("cds-hooks-2.0", action_selection_behavior=True)
    card = dialects.wire(CARD, known)
    assert [each.get("actionSelectionBehavior") for each in card["suggestions"]] == ["all", None]
    assert "actionSelectionBehavior" not in str(dialects.wire(CARD, plain))
    assert broken_rules(card, known) == ()
    assert broken_rules(card, plain) == (
        "suggestions[0].actionSelectionBehavior needs a client that is known to support it",
    )


@pytest.mark.parametrize(
    ("name", "card", "fault"),
    [
        ("cds-hooks-1.0", CARD.to_json(), "uuid is not known to this client"),
        ("cds-hooks-1.0", CARD.to_json(), "overrideReasons is not known to this client"),
        ("cds-hooks-1.0", CARD.to_json(), "isRecommended is not known to this client"),
        ("cds-hooks-1.0", CARD.to_json(), "autolaunchable is not known to this client"),
        ("cds-hooks-1.0", CARD.to_json(), "source.topic is not known to this client"),
        ("cds-hooks-1.0", CARD.to_json(), "a delete has resourceId instead of resource"),
        ("oracle", CARD.to_json(), "appContext is not known to this client"),
        ("epic", CARD.to_json(), "selectionBehavior is not any"),
        ("epic", CARD.to_json(), "a suggestion has more than one action"),
        ("epic", CARD.to_json(), "source.topic.code is not 1 to 100 letters and digits"),
        ("epic", CARD.to_json(), "a code system goes by another name with this client"),
    ],
)
def test_a_card_in_the_wrong_dialect_is_refused(
    name: str, card: dict[str, Any], fault: str
) -> None:
    """Each demand of a dialect has a check of its own."""
    assert fault in broken_rules(card, dialects.read(name))


def test_a_card_that_breaks_the_dialect_leaves_without_its_offers() -> None:
    """A finding is never lost for a suggestion that cannot be said."""
    broken = replace(CARD, suggestions=(Suggestion("  ", "s", actions=(DELETE,)),))
    card = sent("cds-hooks-2.0", broken)
    assert card["summary"] == CARD.summary
    assert not {"suggestions", "selectionBehavior", "overrideReasons", "links"} & set(card)


def test_a_card_that_breaks_it_even_so_is_an_error() -> None:
    """It is answered with a failure, never dropped; the message holds none of its words."""
    with pytest.raises(CardBroken) as raised:
        sent("epic", replace(CARD, summary="x" * 140))
    assert str(raised.value) == "epic: summary is longer than 139 characters"


def test_a_cell_may_hold_an_escaped_bar() -> None:
    """A bar in a value does not end its cell."""
    assert narrow("| a | b |\n| --- | --- |\n| x\\|y | 1 |") == "- **x\\|y:** 1"


def test_a_row_of_one_cell_is_a_line() -> None:
    """A table of one column has nothing to put behind the name."""
    assert narrow("| a |\n| --- |\n| x |") == "- **x**"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("selection_behavior = 1", "bad.toml: selection_behavior: "),
        ('selection_behavior = "any"\nunknown = 1', "bad.toml: unknown: "),
        ("=", "bad.toml: is not TOML"),
        ('extends = "none"', "none.toml: there is no such dialect"),
    ],
)
def test_a_dialect_file_with_a_mistake_is_named(tmp_path: Path, text: str, message: str) -> None:
    """File and key are told, so that the mistake can be found."""
    (tmp_path / "bad.toml").write_text(text)
    with pytest.raises(DialectInvalid, match=message):
        dialects.read("bad", folder=tmp_path)


def test_a_dialect_extends_another(tmp_path: Path) -> None:
    """Only the differences are written down."""
    (tmp_path / "base.toml").write_text('selection_behavior = "any"\none_action = true')
    (tmp_path / "more.toml").write_text('extends = "base"\none_action = false')
    found = dialects.read("more", folder=tmp_path)
    assert found == Dialect(name="more", selection_behavior=SelectionBehavior.ANY)


@pytest.mark.row(55)
def test_override_reasons_carry_the_nearest_common_code() -> None:
    """Our own code stays the key of feedback; HL7's code travels in an extension."""
    reason = OverrideReason(
        "https://b12cds.org/CodeSystem/override-reason", "plan-in-place", "Plan"
    )
    card = replace(CARD, override_reasons=(reason,))
    sent = dialects.wire(card, dialects.read("cds-hooks-2.0"))
    assert sent["overrideReasons"] == [
        {
            "system": "https://b12cds.org/CodeSystem/override-reason",
            "code": "plan-in-place",
            "display": "Plan",
            "extension": {
                "org.b12cds.non-adherence-reason": {
                    "system": "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes",
                    "code": "action-completed",
                }
            },
        }
    ]
