"""Every envelope that a client or a server may send becomes one of six states."""

from __future__ import annotations

import json

import pytest
from msgspec import Raw

from fhir_mappers.envelope import (
    ABSENT,
    TIMED_OUT,
    Listed,
    ListState,
    combine,
    read_batch,
    read_listed,
)
from tests.fhir_mappers.builders import Json, bundle, lab, raw

WARNING = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "x"}]}
ERROR = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "x"}]}
LAB = lab("2132-9")
NEXT = [{"relation": "self", "url": "https://x/1"}, {"relation": "next", "url": "https://x/2"}]


def outcome_entry(outcome: Json) -> Json:
    return {"resource": outcome, "search": {"mode": "outcome"}}


@pytest.mark.parametrize(
    ("value", "state", "count"),
    [
        (None, ListState.EMPTY, 0),
        (bundle(), ListState.EMPTY, 0),
        ({"resourceType": "Bundle", "type": "searchset", "total": 0}, ListState.EMPTY, 0),
        ({"resourceType": "Bundle", "entry": None}, ListState.EMPTY, 0),
        (bundle(LAB), ListState.FOUND, 1),
        ({"resourceType": "Bundle", "entry": [{"resource": LAB}]}, ListState.FOUND, 1),
        ({"entry": [{"resource": LAB}]}, ListState.FOUND, 1),
        ({"resourceType": "Bundle", "entry": {"resource": LAB}}, ListState.FOUND, 1),
        ({"resourceType": "Bundle", "entry": [None, {"resource": LAB}]}, ListState.FOUND, 1),
        ({"resourceType": "Bundle", "entry": [{"resource": None}]}, ListState.EMPTY, 0),
        ([LAB, LAB], ListState.FOUND, 2),
        ([], ListState.EMPTY, 0),
        (LAB, ListState.FOUND, 1),
        (ERROR, ListState.REFUSED, 0),
        (WARNING, ListState.EMPTY, 0),
        ({"resourceType": "OperationOutcome"}, ListState.REFUSED, 0),
        (
            {"resourceType": "Bundle", "total": 0, "entry": [outcome_entry(WARNING)]},
            ListState.EMPTY,
            0,
        ),
        (
            {"resourceType": "Bundle", "total": 0, "entry": [outcome_entry(ERROR)]},
            ListState.REFUSED,
            0,
        ),
        (
            {"resourceType": "Bundle", "entry": [{"resource": LAB}, outcome_entry(ERROR)]},
            ListState.PARTIAL,
            1,
        ),
        (
            {"resourceType": "Bundle", "entry": [{"resource": LAB}, outcome_entry(WARNING)]},
            ListState.FOUND,
            1,
        ),
        (bundle(LAB, link=NEXT), ListState.PARTIAL, 1),
        (bundle(LAB, link=NEXT[:1]), ListState.FOUND, 1),
        ({**bundle(LAB), "total": 1}, ListState.FOUND, 1),
        ({**bundle(LAB, LAB), "total": 1}, ListState.FOUND, 2),
        ({**bundle(LAB), "total": 5}, ListState.PARTIAL, 1),
        ({**bundle(), "total": 5}, ListState.PARTIAL, 0),
        ({**bundle(LAB), "total": 5, "link": NEXT[0]}, ListState.PARTIAL, 1),
        ({"resourceType": "Bundle", "entry": {"resource": LAB}, "total": 5}, ListState.PARTIAL, 1),
        (
            {"resourceType": "Bundle", "entry": [{"response": {"status": "403"}}]},
            ListState.REFUSED,
            0,
        ),
        (
            {"resourceType": "Bundle", "entry": [{"response": {"status": "204"}}]},
            ListState.EMPTY,
            0,
        ),
        (
            {"resourceType": "Bundle", "entry": [{"resource": LAB}, {"fullUrl": "urn:uuid:1"}]},
            ListState.PARTIAL,
            1,
        ),
        ({"resourceType": "Bundle", "entry": ["Observation/1"]}, ListState.REFUSED, 0),
        ({"resourceType": "Bundle", "entry": [{"resource": LAB}, 7, None]}, ListState.PARTIAL, 1),
        ({}, ListState.EMPTY, 0),
        ({"error": "forbidden"}, ListState.REFUSED, 0),
        ({"response": {"status": "200"}, "resource": bundle(LAB)}, ListState.REFUSED, 0),
        ("text", ListState.REFUSED, 0),
        (7, ListState.REFUSED, 0),
    ],
)
def test_each_envelope_has_its_state(value: object, state: ListState, count: int) -> None:
    """Found, empty, refused and partial are told apart, and no resource is lost or invented."""
    listed = read_listed(raw(value))
    assert (listed.state, len(listed.resources)) == (state, count)


def test_text_that_is_no_json_is_refused() -> None:
    """An answer that is not FHIR is a refusal, never an empty record."""
    assert read_listed(b"<html>").state is ListState.REFUSED


def test_nothing_is_absent() -> None:
    """A key that was not sent is absent, which is not the same as null."""
    assert read_listed(None) is ABSENT


def test_an_observation_that_mentions_an_outcome_is_a_resource() -> None:
    """The word OperationOutcome inside a resource does not make it one."""
    listed = read_listed(raw(bundle({**LAB, "note": [{"text": "OperationOutcome"}]})))
    assert (listed.state, len(listed.resources)) == (ListState.FOUND, 1)


def test_full_urls_stand_beside_their_resources() -> None:
    """A urn:uuid reference can be followed because the fullUrl is kept with its entry."""
    entries = [{"fullUrl": "urn:uuid:1", "resource": LAB}, {"resource": LAB}]
    listed = read_listed(raw({"resourceType": "Bundle", "entry": entries}))
    assert listed.full_urls == ("urn:uuid:1", None)


def test_an_unread_page_is_named() -> None:
    """The address of the next page is kept for whoever fetches."""
    assert read_listed(raw(bundle(LAB, link=NEXT))).next_page == "https://x/2"


def page(*resources: Json, more: bool = False) -> Listed:
    return read_listed(raw(bundle(*resources, link=NEXT if more else [])))


@pytest.mark.parametrize(
    ("pages", "state", "count"),
    [
        ([page(LAB, more=True), page(LAB)], ListState.FOUND, 2),
        ([page(LAB, more=True), page(LAB, more=True)], ListState.PARTIAL, 2),
        ([page(LAB, more=True), TIMED_OUT], ListState.PARTIAL, 1),
        ([page(LAB, more=True), read_listed(raw(ERROR))], ListState.PARTIAL, 1),
        ([page(more=True), page()], ListState.EMPTY, 0),
        ([TIMED_OUT], ListState.TIMED_OUT, 0),
        ([], ListState.ABSENT, 0),
        (
            [
                read_listed(
                    raw(
                        {
                            "resourceType": "Bundle",
                            "entry": [{"resource": LAB}, {"resource": ERROR}],
                        }
                    )
                ),
                page(LAB),
            ],
            ListState.PARTIAL,
            2,
        ),
    ],
)
def test_pages_are_whole_only_when_all_were_read(
    pages: list[Listed], state: ListState, count: int
) -> None:
    """A list is complete only when its last page was read and no page failed."""
    combined = combine(pages)
    assert (combined.state, len(combined.resources)) == (state, count)


def test_pages_are_counted_together() -> None:
    """A count speaks of all pages: the last one alone is always short of it."""
    first = read_listed(raw({**bundle(LAB, LAB, link=NEXT), "total": 3}))
    last = read_listed(raw({**bundle(LAB), "total": 3}))
    assert last.state is ListState.PARTIAL
    assert combine((first, last)).state is ListState.FOUND
    short = read_listed(raw({**bundle(LAB), "total": 4}))
    assert combine((first, short)).state is ListState.PARTIAL


@pytest.mark.parametrize("order", [1, -1])
def test_a_page_that_was_refused_in_part_stays_so(order: int) -> None:
    """Wherever it stands among pages that were all read."""
    failing, sound = {"entry": [{"resource": LAB}, outcome_entry(ERROR)]}, bundle(LAB)
    first, last = (failing, sound)[::order]
    pages = (read_listed(raw({**first, "link": NEXT})), read_listed(raw(last)))
    assert combine(pages).state is ListState.PARTIAL


def test_each_batch_answer_has_its_own_state() -> None:
    """One refused request in a batch does not spoil the others."""
    body = {
        "resourceType": "Bundle",
        "type": "batch-response",
        "entry": [
            {"response": {"status": "200 OK"}, "resource": bundle(LAB)},
            {"response": {"status": "404 Not Found"}},
            {"response": {"status": "403"}, "resource": ERROR},
            {"response": {"status": "200"}, "resource": bundle()},
        ],
    }
    states = [listed.state for listed in read_batch(raw(body))]
    expected = [ListState.FOUND, ListState.REFUSED, ListState.REFUSED, ListState.EMPTY]
    assert states == expected


def test_a_batch_that_is_none_has_no_answers() -> None:
    """Text instead of a batch answers nothing."""
    assert read_batch(b"oops") == ()


def test_no_state_holds_patient_data() -> None:
    """What is said of a broken envelope is fixed words."""
    assert "secret" not in str(read_listed(Raw(json.dumps("secret").encode())))
