"""Runs every rule over a case, and asks of every proposal what it would do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from regimens.advice import Advice, Moment, Recommendation
from regimens.case import Case, Source
from regimens.checks import CHECKS, Check
from regimens.facts import DraftSet, PatientFacts
from regimens.knowledge.loader import Knowledge
from regimens.knowledge.schema import RuleEntry
from regimens.orders import OrderStatus, phases_of
from regimens.proposals import CreateOrder, OrderTest, Proposal, UpdateOrder
from regimens.proposing import apply
from regimens.recommend import offered, recommend
from regimens.substances import COBALAMINS, Substance
from regimens.tuning import Tuning, tuned, unheard_rules
from regimens.verdict import (
    Finding,
    Indicator,
    Outcome,
    Verdict,
    Withheld,
    cannot_tell,
    not_applicable,
    silent,
)

REGIMEN = "b12-regimen"
NOTHING_OFFERED = "nothing-offered"  # its wording where every regimen is withheld
# Rules that, when only the medications are unread, have found a need for treatment.
NEEDS_TREATMENT = frozenset({REGIMEN, "prophylaxis-missing"})
DATA_GAP = "b12-data-gap"

UNIT_ERROR = "b12-dose-unit-error"
# What can be judged from the draft alone, when the patient could not be read.
WITHOUT_PATIENT = frozenset({UNIT_ERROR})
# Proposals that are readings of the same words: to offer one alone would choose for the clinician.
READINGS = frozenset({"timing-ambiguous"})


# Cards whose advice would be another if a length or extent of bowel were recorded.
RESTS_ON_CAUSE = frozenset(
    {
        "b12-regimen",
        "loading-missing",
        "maintenance-interval-too-long",
        "oral-b12-dose-too-low",
        "prophylaxis-missing",
        "treatment-without-evidence",
    }
)
# Cards that a clinician could take for a check of the dose.
RESTS_ON_DOSE = frozenset(
    {"cyanocobalamin-renal-impairment", "loading-missing", "b12-iv-route", "oral-b12-malabsorption"}
)


LAST_STAGE = max(check.stage for check in CHECKS)


def speaks_at(drafts: DraftSet, moment: Moment) -> bool:
    """True when there is anything to judge: a chart opened, or B12 or folic acid in the drafts.

    A draft that points to a medicine which could not be read counts, since it may be either.
    """
    if moment is Moment.OPENING:
        return True
    wanted = COBALAMINS | {Substance.FOLIC_ACID}
    return any(
        order.contains(*wanted) or (order.medicine_unresolved and moment is Moment.SIGNING)
        for order in drafts.orders
    )


def advise(
    facts: PatientFacts,
    drafts: DraftSet,
    moment: Moment,
    knowledge: Knowledge,
    tunings: tuple[Tuning, ...] = (),
) -> Advice:
    """All that the rules say of one case, as the site wants to hear it.

    Cannot fail on valid facts. A deceased patient, and drafts with neither B12 nor folic acid,
    get no card; every rule is then listed as not applicable.
    """
    case = Case(facts, drafts, moment, knowledge)
    unheard = unheard_rules(tunings, moment, knowledge.rules)
    judged = _findings(case, unheard)
    findings = tuple(tuned(finding, moment, tunings) for finding in judged)
    return Advice(
        moment=moment,
        assessment=case.assessment,
        findings=findings,
        recommendation=_recommendation(case, judged),
        gaps=(*facts.gaps, *drafts.gaps),
    )


def _recommendation(case: Case, findings: tuple[Finding, ...]) -> Recommendation | None:
    """The regimen that fits; where its rule speaks, with the options that can be offered."""
    recommendation = recommend(case)
    spoken = next((f for f in findings if f.rule == REGIMEN and f.verdict.fired), None)
    if recommendation is None or spoken is None:
        return recommendation
    return offered(case, recommendation, spoken)


def _findings(case: Case, unheard: frozenset[str]) -> tuple[Finding, ...]:
    verdicts = judge(case, last_stage=LAST_STAGE - 1, unheard=unheard)
    said = _said(case, verdicts)
    weighed = {rule: _weighed(case, rule, verdict, said) for rule, verdict in verdicts.items()}
    # The last stage is told only what can be offered: a suggestion that is withheld is none.
    heard = {rule: found.verdict for rule, found in weighed.items() if rule not in unheard}
    informed = _informed(case, heard)
    last = {c.rule: _examine(c, informed) for c in CHECKS if c.stage == LAST_STAGE}
    weighed |= {rule: _weighed(case, rule, verdict, said) for rule, verdict in last.items()}
    gap = _data_gap(case, verdicts | last)
    findings = tuple(weighed[check.rule] for check in CHECKS)
    return (*findings, _finding(case.knowledge.rules, DATA_GAP, gap))


def judge(
    case: Case, last_stage: int = LAST_STAGE, unheard: frozenset[str] = frozenset()
) -> dict[str, Verdict]:
    """The verdict of every rule up to a stage, each told what the stages before have said.

    What a site has switched off is `unheard`: no later rule may be silent because of it.
    """
    verdicts: dict[str, Verdict] = {}
    for stage in range(last_stage + 1):
        informed = _informed(case, {k: v for k, v in verdicts.items() if k not in unheard})
        verdicts |= {c.rule: _examine(c, informed) for c in CHECKS if c.stage == stage}
    return {c.rule: verdicts[c.rule] for c in CHECKS if c.rule in verdicts}


def _informed(case: Case, verdicts: Mapping[str, Verdict]) -> Case:
    spoken = frozenset(rule for rule, verdict in verdicts.items() if verdict.fired)
    if spoken == case.spoken:
        return case
    return case.within(spoken=spoken, suggested=_suggested(case, verdicts))


def _examine(check: Check, case: Case) -> Verdict:
    if case.facts.deceased:
        return not_applicable("the patient has died")
    if not case.facts.known and check.rule not in WITHOUT_PATIENT:
        return cannot_tell("the patient could not be read", "the patient")
    if case.moment not in check.moments:
        return not_applicable(f"does not speak at {case.moment.value}")
    if not speaks_at(case.drafts, case.moment):
        return not_applicable("neither B12 nor folic acid is ordered")
    if case.child and not check.for_children:
        return not_applicable("adult rules do not apply at this age")
    return check.examine(case)


def _suggested(case: Case, verdicts: Mapping[str, Verdict]) -> frozenset[Substance]:
    products = {
        product
        for verdict in verdicts.values()
        if verdict.fired
        for proposal in verdict.proposals
        for product in _products(proposal)
    }
    return frozenset(case.knowledge.products[product].substance for product in products)


def _products(proposal: Proposal) -> list[str]:
    created = [c.order.product for c in proposal.changes if isinstance(c, CreateOrder)]
    edited = [c.product for c in proposal.changes if isinstance(c, UpdateOrder) and c.product]
    return created + edited


# --- proposals ------------------------------------------------------------------------------


# The rules that speak as warning or critical, each with the orders that it concerns.
Urgent = Mapping[str, frozenset[str]]


def _weighed(case: Case, rule: str, verdict: Verdict, said: Urgent) -> Finding:
    """The finding, without the proposals that would raise a new warning or critical.

    `said` are the rules that speak with such urgency already.
    """
    if verdict.fired:
        wanted = tuple(p for p in verdict.proposals if not _ordered_already(case, p))
        notes = verdict.notes + _caveats(case, rule)
        verdict = replace(verdict, notes=notes, proposals=wanted)
    if not verdict.fired or not verdict.proposals:
        return _finding(case.knowledge.rules, rule, verdict)
    held = _held(case, rule, verdict.proposals, said)
    kept = tuple(p for p in verdict.proposals if all(p is not each.proposal for each in held))
    if rule == REGIMEN and not kept:
        verdict = replace(verdict, variant=NOTHING_OFFERED)
    finding = _finding(case.knowledge.rules, rule, replace(verdict, proposals=kept))
    return replace(finding, held=held)


def _ordered_already(case: Case, proposal: Proposal) -> bool:
    """True for tests alone, due now, all of which the set orders: a second order is no help."""
    tests = {change for change in proposal.changes if isinstance(change, OrderTest)}
    ordered = {OrderTest(analyte) for analyte in case.drafts.tests}
    return 0 < len(tests) == len(proposal.changes) and tests <= ordered


def _held(
    case: Case, rule: str, proposals: tuple[Proposal, ...], said: Urgent
) -> tuple[Withheld, ...]:
    """The proposals that may not be offered, each with what it would raise; of readings all."""
    signed = case.within(moment=Moment.SIGNING)
    weighed = tuple(Withheld(p, _raised(signed, p, said)) for p in proposals)
    held = tuple(each for each in weighed if each.concerns)
    return weighed if held and rule in READINGS else held


def _caveats(case: Case, rule: str) -> tuple[str, ...]:
    """What a card on this rule must admit: a length or a strength that nobody recorded."""
    unmeasured = rule in RESTS_ON_CAUSE and any(cause.unmeasured for cause in case.causes)
    unknown = rule in RESTS_ON_DOSE and _strength_unknown(case)
    caveats = {"length-not-recorded": unmeasured, "strength-not-known": unknown}
    return tuple(note for note, applies in caveats.items() if applies)


def _strength_unknown(case: Case) -> bool:
    """True when a drafted amount cannot be told in micrograms."""
    return any(
        phase.amount is not None
        and order.cobalamin
        and order.micrograms(phase, order.cobalamin) is None
        for order, phase in phases_of(case.cobalamin_drafts)
    )


def _said(case: Case, verdicts: Mapping[str, Verdict]) -> Urgent:
    """The rules that are urgent now, or would be at signing if nothing were changed."""
    if not any(verdict.fired and verdict.proposals for verdict in verdicts.values()):
        return {}
    now, signed = _urgent(case, verdicts), _urgent_at_once(case.within(moment=Moment.SIGNING))
    nothing = frozenset[str]()
    return {rule: now.get(rule, nothing) | signed.get(rule, nothing) for rule in {*now, *signed}}


def _raised(case: Case, proposal: Proposal, said: Urgent) -> tuple[Finding, ...]:
    """What would be urgent that is not `said`, or critical for an order that it did not concern.

    A dose in the wrong unit that is written anew counts as well. Later stages only inform.
    """
    rules = case.knowledge.rules
    after = apply(case, proposal)
    verdicts = judge(after, last_stage=0)
    urgent, other = _urgent(after, verdicts), _other_products(proposal)
    new = {
        rule
        for rule, orders in urgent.items()
        if rule not in said
        or (
            _indicator(rules, rule, verdicts[rule]) is Indicator.CRITICAL
            and not orders <= said[rule] - other
        )
    }
    if not _rewritten(proposal).isdisjoint(verdicts[UNIT_ERROR].orders):
        new |= {UNIT_ERROR}
    return tuple(_finding(rules, rule, verdicts[rule]) for rule in verdicts if rule in new)


def _other_products(proposal: Proposal) -> frozenset[str]:
    """The drafts that a proposal turns into another product."""
    return frozenset(
        change.reference
        for change in proposal.changes
        if isinstance(change, UpdateOrder) and change.product
    )


def _rewritten(proposal: Proposal) -> frozenset[str]:
    """The drafts whose instruction a proposal writes anew."""
    return frozenset(
        change.reference
        for change in proposal.changes
        if isinstance(change, UpdateOrder) and (change.timing or change.route or change.site)
    )


def _urgent_at_once(case: Case) -> Urgent:
    """The urgent rules of the first stage; what comes later only informs."""
    return _urgent(case, judge(case, last_stage=0))


def _urgent(case: Case, verdicts: Mapping[str, Verdict]) -> Urgent:
    """The rules that speak as warning or critical."""
    rules = case.knowledge.rules
    return {
        rule: frozenset(verdict.orders)
        for rule, verdict in verdicts.items()
        if verdict.fired and _indicator(rules, rule, verdict) is not Indicator.INFO
    }


def _indicator(rules: Mapping[str, RuleEntry], rule: str, verdict: Verdict) -> Indicator:
    return verdict.indicator or rules[rule].indicator


def _finding(rules: Mapping[str, RuleEntry], rule: str, verdict: Verdict) -> Finding:
    entry = rules[rule]
    return Finding(
        rule=rule,
        indicator=_indicator(rules, rule, verdict),
        verdict=verdict,
        cites=entry.cites,
        override_reasons=entry.override_reasons,
    )


# --- what could not be read -----------------------------------------------------------------


def _data_gap(case: Case, verdicts: Mapping[str, Verdict]) -> Verdict:
    """One card that names what could not be read and what was therefore not checked.

    When a chart is opened it speaks only where a need for B12 is on record and the medication
    list alone keeps the advice back.
    """
    undecided = {
        rule: verdict
        for rule, verdict in verdicts.items()
        if verdict.outcome is Outcome.CANNOT_TELL
        and case.facts.known
        and _told(case, verdict, rule)
    }
    unresolved = () if case.facts.deceased else _unresolved(case)
    if not (undecided or unresolved):
        return silent("everything that the rules needed could be read")
    missing = sorted({name for verdict in undecided.values() for name in verdict.missing})
    if unresolved:
        missing.append("the drug of a drafted order")
    return Verdict(
        Outcome.FIRED,
        "some of the record could not be read",
        orders=unresolved,
        values={"missing": ", ".join(missing), "rules": ", ".join(undecided)},
        missing=tuple(missing),
    )


def _told(case: Case, verdict: Verdict, rule: str) -> bool:
    if case.moment is not Moment.OPENING:
        return True
    return rule in NEEDS_TREATMENT and verdict.missing == (Source.MEDICATIONS.value,)


def _unresolved(case: Case) -> tuple[str, ...]:
    if case.moment is not Moment.SIGNING:
        return ()
    ended = (OrderStatus.STOPPED, OrderStatus.CANCELLED, OrderStatus.ENTERED_IN_ERROR)
    return tuple(
        order.reference
        for order in case.drafts.orders
        if order.medicine_unresolved and order.status not in ended
    )
