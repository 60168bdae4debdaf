"""Feedback in every form that EHRs send it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from cds_hooks.errors import BadRequest, TooManyItems
from cds_hooks.feedback import MOST_ITEMS, Feedback, FeedbackOutcome, Reason, Report, parse

CARD = "5e2fb2c3-b990-52d5-b09f-911f3fb464e5"
REASON = {"code": "patient-refuses", "system": "http://x.example/reasons", "display": "Refuses"}


def read(*items: Any) -> Report:  # noqa: ANN401 - any JSON value
    """The report of a body with these items."""
    return parse(json.dumps({"feedback": list(items)}).encode())


def one(**members: Any) -> Feedback:  # noqa: ANN401 - any JSON value
    """The one item that these members make."""
    [item] = read({"card": CARD, **members}).items
    return item


@pytest.mark.row(69)
def test_an_accepted_card_names_its_suggestions() -> None:
    """The form of the specification."""
    item = one(
        outcome="accepted",
        acceptedSuggestions=[{"id": "s-1"}, {"id": "s-2"}],
        outcomeTimestamp="2026-11-21T07:47:05.575Z",
    )
    assert item == Feedback(
        CARD,
        FeedbackOutcome.ACCEPTED,
        suggestions=("s-1", "s-2"),
        at=datetime(2026, 11, 21, 7, 47, 5, 575000, UTC),
    )


@pytest.mark.row(69)
def test_an_overridden_card_has_a_reason_and_perhaps_a_comment() -> None:
    """The code is kept; of the comment only that there was one."""
    item = one(
        outcome="overridden", overrideReason={"reason": REASON, "userComment": "Mrs Quimby says no"}
    )
    assert item.reason == Reason("patient-refuses", "http://x.example/reasons")
    assert item.commented
    assert "Quimby" not in repr(item)


@pytest.mark.parametrize(
    "members",
    [
        {"overrideReason": {"reason": REASON}},
        {"overrideReasons": {"reason": REASON}},
        {"overrideReasons": [{"reason": REASON}]},
        {"overrideReason": REASON},
        {"overrideReason": {"reason": [REASON]}},
        {"overrideReason": {}, "overrideReasons": {"reason": REASON}},
    ],
)
def test_the_reason_is_found_wherever_clients_put_it(members: dict[str, Any]) -> None:
    """Singular or Epic's plural, one or a list, wrapped or bare."""
    found = one(outcome="overridden", **members).reason
    assert found == Reason("patient-refuses", "http://x.example/reasons")


def test_epic_may_name_the_reason_in_an_extension() -> None:
    """Where the site has not mapped a code, Epic sends its own."""
    prefix = "com.epic.cdshooks.feedback.overrideReason."
    extension = {f"{prefix}id": 7, f"{prefix}title": "Benefit outweighs risk", "other": 1}
    item = one(outcome="overridden", overrideReasons={"extension": extension})
    assert item.reason == Reason("7", "com.epic.cdshooks.feedback.overrideReason")


@pytest.mark.parametrize("extension", [None, [], {"other": 1}, {}])
def test_an_extension_without_a_reason_gives_none(extension: object) -> None:
    """Other extensions are passed over."""
    assert one(outcome="overridden", overrideReasons={"extension": extension}).reason is None


def test_a_card_id_need_not_be_a_uuid() -> None:
    """Epic may send ids of its own."""
    assert read({"card": 4711, "outcome": "overridden"}).items[0].card == "4711"
    assert read({"card": "x" * 999, "outcome": "accepted"}).items[0].card == "x" * 200


@pytest.mark.row(68)
def test_a_batch_holds_several_cards_and_repeats() -> None:
    """What is said twice is kept once, where it was said last: so the last word stays the last."""
    accepted = {"card": CARD, "outcome": "accepted"}
    overridden = {"card": CARD, "outcome": "overridden"}
    report = read(accepted, overridden, {**accepted, "card": "other"}, accepted)
    assert [item.outcome.value for item in report.items] == ["overridden", "accepted", "accepted"]
    assert [item.card for item in report.items] == [CARD, "other", CARD]


def test_one_object_instead_of_a_list_is_a_batch_of_one() -> None:
    """Some servers and clients know no list."""
    body = json.dumps({"feedback": {"card": CARD, "outcome": " Accepted "}}).encode()
    assert parse(b"\xef\xbb\xbf" + body).items == (Feedback(CARD, FeedbackOutcome.ACCEPTED),)


def test_what_cannot_be_understood_does_not_cost_the_rest() -> None:
    """An item without a card or with an unknown outcome is counted, the others are taken."""
    good = {"card": CARD, "outcome": "accepted"}
    bad = [
        {"card": CARD},
        {"outcome": "accepted"},
        {**good, "outcome": "ignored"},
        1,
        {**good, "card": True},
    ]
    report = read(*bad, good)
    assert len(report.items) == 1
    assert report.unreadable == 5


def test_an_id_with_a_nul_is_no_id() -> None:
    """PostgreSQL refuses it; as a card it costs the item, as a suggestion only itself."""
    items = [{"card": "a\0b", "outcome": "accepted"}, {"card": "c", "outcome": "accepted"}]
    assert [each.card for each in read(*items).items] == ["c"]
    assert one(outcome="accepted", acceptedSuggestions=["a\0", "b"]).suggestions == ("b",)


def test_accepted_suggestions_come_in_several_shapes() -> None:
    """Objects, plain ids, or nothing."""
    assert one(outcome="accepted", acceptedSuggestions=["a", {"id": "b"}, {}]).suggestions == (
        "a",
        "b",
    )
    assert one(outcome="accepted", acceptedSuggestions=None).suggestions == ()


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("2026-11-21T07:47:05Z", datetime(2026, 11, 21, 7, 47, 5, tzinfo=UTC)),
        ("2026-11-21T09:47:05+02:00", datetime(2026, 11, 21, 7, 47, 5, tzinfo=UTC)),
        ("2026-11-21T07:47:05", datetime(2026, 11, 21, 7, 47, 5, tzinfo=UTC)),
        ("yesterday", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("0001-01-01T00:00:00+14:00", None),
        (20261121, None),
    ],
)
def test_a_time_is_read_as_utc_and_an_unreadable_one_costs_nothing(
    sent: object, expected: datetime | None
) -> None:
    """Late or undated feedback is feedback."""
    assert one(outcome="accepted", outcomeTimestamp=sent).at == expected


def test_an_empty_batch_is_taken() -> None:
    """A client that sends batches by the clock may have nothing to report."""
    assert read() == Report(())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b'{"feedback": null}',
        b'{"feedback": "CANARY"}',
        b'{"feedback": [{"card": "CANARY"}]}',
        b"\xff\xfe",
    ],
)
def test_a_body_that_is_no_feedback_is_refused_without_its_words(body: bytes) -> None:
    """The one case in which the EHR must not believe that we know."""
    with pytest.raises(BadRequest) as raised:
        parse(body)
    assert "CANARY" not in str(raised.value)


def test_a_body_has_at_most_a_thousand_items() -> None:
    """Longer ones are not read: each item costs a row, and others wait for all of them."""
    items = [{"card": str(number), "outcome": "accepted"} for number in range(MOST_ITEMS)]
    assert len(read(*items).items) == 1000
    with pytest.raises(TooManyItems, match="more than 1000 items"):
        read(*items, {"card": "CANARY", "outcome": "accepted"})


@pytest.mark.parametrize(
    "more",
    [
        {"card": "another"},
        {"outcome": "accepted"},
        {"outcomeTimestamp": "2026-11-21T07:47:05Z"},
        {"overrideReason": {"reason": REASON}},
        {"overrideReason": {"userComment": "words"}},
    ],
)
def test_what_differs_in_anything_that_is_kept_is_not_said_twice(more: dict[str, Any]) -> None:
    item = {"card": CARD, "outcome": "overridden"}
    assert len(read(item, {**item, **more}).items) == 2
