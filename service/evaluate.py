"""The eight steps of a call, and the only place where the packages meet.

1. HTTP and trust: `routes/`, before this.
2. Parse: `cds_hooks.request`, before this.
3. Resolve: what was sent along, then what is missing.
4. Map: resources become facts, drafts become orders.
5. Assess and
6. advise: `regimens.advise`.
7. Cards: `cds_hooks.compose`.
8. Answer: `routes/`, after this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, TypeVar

from cds_hooks import dialects
from cds_hooks.card import Card
from cds_hooks.compose import compose
from cds_hooks.errors import BadRequest
from cds_hooks.explain import explain
from cds_hooks.setting import CardSetting
from fhir_mappers.chart import REFERENCED_MEDICATIONS, Chart, read_chart
from fhir_mappers.drafts import Drafts, read_drafts
from fhir_mappers.envelope import ABSENT, Listed, ListState
from regimens.advice import Advice, Moment
from regimens.advise import advise, speaks_at
from regimens.facts import Listing, PatientFacts
from regimens.verdict import Indicator
from service.aside import worked
from service.asked import Asked
from service.dispatched import with_dispatched
from service.errors import DataUnobtainableError
from service.fhir.server import FhirServer
from service.outreach import server_for
from service.problems import none_concerns_b12, with_problems
from service.resolve import Lists, Resolved, fetch_missing, fetch_referenced, read_sent
from service.suggest import actions_for
from service.version import version_of

T = TypeVar("T")

# At opening these three together are the record; without any of them nothing can be said.
RECORD = ("labs", "medications", "conditions")
NOT_NAMED = "not sent, and no FHIR server named"
NOT_LISTED = "not sent, and the FHIR server is not one this client may use"
TOO_LONG = "The record could not be read and judged within the deadline."
OBTAINED = frozenset({ListState.FOUND, ListState.EMPTY, ListState.PARTIAL})


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What became of a call. `advice` None means that there was nothing to evaluate.

    `untold` says why the advice is not shown to whoever asked; None when it is.
    """

    asked: Asked
    drafts: Drafts
    advice: Advice | None = None
    facts: PatientFacts | None = None
    resolved: Resolved = field(default_factory=lambda: Resolved({}))
    untold: str | None = None


async def evaluate(asked: Asked) -> Evaluation:
    """Resolves, maps, assesses and advises.

    Raises:
        BadRequest: the prefetch or a draft belongs to another patient than the call.
        DataUnobtainableError: data without which no advice is safe could not be had.
    """
    drafts = await _read_drafts(asked)
    _check_patients(asked.call.patient_id, drafts.patients, "context")
    untold = "the patient or a relative asks" if asked.call.asks_for_patient else None
    if untold and not asked.thorough:
        return Evaluation(asked, drafts, untold=untold)
    server = server_for(asked)
    if asked.call.dispatched is not None:
        asked = await with_dispatched(asked, server)
        drafts = await _read_drafts(asked)
        _check_patients(asked.call.patient_id, drafts.patients, "context")
    drafts = await _follow_references(asked, drafts, server)
    if not asked.thorough and not await _concerns_b12(asked, drafts):
        return Evaluation(asked, drafts)
    sent = read_sent(asked.call)
    asked = replace(asked, version=await version_of(asked, sent, server))
    with asked.laps.lap("reading"):
        resolved, chart = await _chart(asked, sent, server)
    _check_patients(asked.call.patient_id, chart.patients, "prefetch")
    if not chart.facts.known:
        return await _judge_draft_alone(asked, drafts, resolved)
    _check_record(asked, resolved)
    return await _judge(asked, drafts, resolved, chart.facts, untold)


def answer_of(evaluation: Evaluation) -> dict[str, Any]:
    """The body of a service's answer."""
    return answer_with(evaluation, cards_of(evaluation))


def answer_with(evaluation: Evaluation, cards: Iterable[Card]) -> dict[str, Any]:
    """The answer with these cards; in shadow, or when nothing may be told, without them."""
    if evaluation.untold or evaluation.asked.client.shadow:
        return {"cards": []}
    return dialects.response(cards, evaluation.asked.content.dialect)


def cards_of(evaluation: Evaluation) -> tuple[Card, ...]:
    """The cards that the advice makes, whether or not they are shown."""
    if evaluation.advice is None:
        return ()
    return compose(evaluation.advice, _setting(evaluation))


def trace_of(evaluation: Evaluation) -> dict[str, Any]:
    """The whole trace of a thorough evaluation, with the cards a service would show."""
    advice, facts = evaluation.advice, evaluation.facts
    if advice is None or facts is None:
        raise TypeError("a trace needs a thorough evaluation")
    cards = () if evaluation.untold else cards_of(evaluation)
    trace = explain(advice, facts, cards, _setting(evaluation))
    states = {key: listed.state.value for key, listed in evaluation.resolved.lists.items()}
    version = evaluation.asked.version.value
    return {**trace, "reads": states, "untold": evaluation.untold, "fhirVersion": version}


async def _concerns_b12(asked: Asked, drafts: Drafts) -> bool:
    if not speaks_at(drafts.draft_set, asked.moment):
        return False
    size = len(asked.call.problems or b"")
    return not await _in_time(asked, size, lambda: none_concerns_b12(asked))


async def _follow_references(asked: Asked, drafts: Drafts, server: FhirServer | None) -> Drafts:
    """The drafts with the drugs that they only point to, read from the server."""
    if not drafts.unresolved or asked.moment is Moment.OPENING:
        return drafts
    return await _read_drafts(asked, await fetch_referenced(drafts.unresolved, server))


async def _read_drafts(asked: Asked, medications: Listed = ABSENT) -> Drafts:
    call = asked.call
    chosen = call.selections or ()

    def read() -> Drafts:
        return read_drafts(call.drafts, asked.reading, selections=chosen, medications=medications)

    return await _in_time(asked, len(call.drafts or b"") + _size(medications), read)


async def _in_time(asked: Asked, size: int, work: Callable[[], T]) -> T:
    """The result of work on that many bytes.

    Raises:
        DataUnobtainableError: it was not there within the deadline.
    """
    try:
        return await worked(asked.client.id, size, asked.deadline, work)
    except TimeoutError:
        raise DataUnobtainableError(TOO_LONG) from None


def _size(*lists: Listed) -> int:
    return sum(len(memoryview(raw)) for listed in lists for raw in listed.resources)


async def _chart(asked: Asked, sent: Lists, server: FhirServer | None) -> tuple[Resolved, Chart]:
    """The lists and the facts in them; drugs that the lists only point to are read as well."""
    why_none = NOT_LISTED if asked.call.fhir_server else NOT_NAMED
    resolved = await fetch_missing(sent, asked.query, server, why_none)
    resolved = with_problems(asked, resolved)
    chart = await _read_chart(asked, resolved.lists)
    if chart.unresolved and server is not None:
        found = await fetch_referenced(chart.unresolved, server)
        lists = {**resolved.lists, REFERENCED_MEDICATIONS: found}
        resolved = Resolved(lists, resolved.fetched + len(chart.unresolved))
        chart = await _read_chart(asked, lists)
    return resolved, chart


async def _read_chart(asked: Asked, lists: Lists) -> Chart:
    size = _size(*lists.values())
    return await _in_time(asked, size, lambda: read_chart(lists, asked.reading))


async def _judge(
    asked: Asked, drafts: Drafts, resolved: Resolved, facts: PatientFacts, untold: str | None
) -> Evaluation:
    with asked.laps.lap("judging"):
        advice = await _advice(asked, drafts, resolved, facts)
    untold = untold or ("the patient has died" if facts.deceased else None)
    return Evaluation(asked, drafts, advice, facts, resolved, untold)


async def _judge_draft_alone(asked: Asked, drafts: Drafts, resolved: Resolved) -> Evaluation:
    """A critical finding that needs no more than the draft is told even without a patient."""
    nothing = _nobody(asked.today)
    advice = await _advice(asked, drafts, resolved, nothing)
    if all(finding.indicator is not Indicator.CRITICAL for finding in advice.fired):
        why = resolved.lists["patient"].why
        told = "The patient could not be obtained"
        raise DataUnobtainableError(f"{told}: {why}." if why else f"{told}.")
    return Evaluation(asked, drafts, advice, nothing, resolved)


async def _advice(asked: Asked, drafts: Drafts, resolved: Resolved, facts: PatientFacts) -> Advice:
    knowledge, tunings = asked.content.knowledge, asked.tunings

    def judged() -> Advice:
        return advise(facts, drafts.draft_set, asked.moment, knowledge, tunings)

    size = len(asked.call.drafts or b"") + _size(*resolved.lists.values())
    return await _in_time(asked, size, judged)


def _nobody(today: date) -> PatientFacts:
    """Facts of a patient of whom nothing is known; no list may pass for an empty one."""
    unread: Listing[Any] = Listing(complete=False, why="not read, since the patient could not be")
    return PatientFacts(
        today=today,
        known=False,
        labs=unread,
        medications=unread,
        conditions=unread,
        procedures=unread,
        allergies=unread,
    )


def _check_patients(expected: str, seen: frozenset[str], where: str) -> None:
    if seen - {expected}:
        raise BadRequest("holds data of another patient than context.patientId", where)


def _check_record(asked: Asked, resolved: Resolved) -> None:
    if asked.moment is not Moment.OPENING:
        return
    if all(resolved.lists[key].state not in OBTAINED for key in RECORD):
        raise DataUnobtainableError(
            "Neither laboratory results nor medications nor conditions could be obtained."
        )


def _setting(evaluation: Evaluation) -> CardSetting:
    asked = evaluation.asked
    content = asked.content
    return CardSetting(
        client=asked.client.id,
        service=asked.call.hook.service_id,
        hook_instance=asked.call.hook_instance,
        knowledge_version=content.version,
        wording=content.wording,
        actions=actions_for(asked, evaluation.drafts),
        citations=content.citations,
        products=content.products,
        canonical=asked.setup.settings.canonical_base,
    )
