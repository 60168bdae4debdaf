"""Ids of cards and suggestions."""

from uuid import UUID

from cds_hooks import identity


def test_a_retry_gets_the_same_uuid() -> None:
    """Feedback on the first answer must fit the second; the literal keeps it so over releases."""
    once = identity.card_uuid("demo", "b12-order-sign", "i1", "b12-allergy")
    assert once == identity.card_uuid("demo", "b12-order-sign", "i1", "b12-allergy")
    assert UUID(once).version == 5


def test_each_part_makes_another_uuid() -> None:
    """Client, service, call and concern all tell cards apart, however the parts are cut."""
    calls = [
        ("demo", "s", "i", "c"),
        ("demo2", "s", "i", "c"),
        ("demo", "s2", "i", "c"),
        ("demo", "s", "i2", "c"),
        ("demo", "s", "i", "c2"),
        ("demos", "", "i", "c"),
    ]
    assert len({identity.card_uuid(*parts) for parts in calls}) == len(calls)


def test_suggestions_differ_by_place_and_key() -> None:
    """Two suggestions of one card may share a wording key."""
    uuids = {
        identity.suggestion_uuid("c", 0, "a"),
        identity.suggestion_uuid("c", 1, "a"),
        identity.suggestion_uuid("c", 0, "b"),
        identity.suggestion_uuid("d", 0, "a"),
    }
    assert len(uuids) == 4


def test_a_concern_names_its_rules_in_order() -> None:
    """The first rule leads the card."""
    assert identity.concern(("stale-labs", "b12-regimen")) == "stale-labs+b12-regimen"
