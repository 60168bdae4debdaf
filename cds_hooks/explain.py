"""The whole trace of one evaluation, for the people who ask why."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import Any

from cds_hooks import describe
from cds_hooks.card import Card
from cds_hooks.evidence import input_json
from cds_hooks.setting import CardSetting
from regimens.advice import Advice, Recommendation
from regimens.facts import (
    Allergy,
    Condition,
    Gap,
    LabResult,
    Listing,
    PatientFacts,
    Procedure,
)
from regimens.orders import Order, Phase, Timing
from regimens.quantities import plain
from regimens.verdict import Finding

Json = dict[str, Any]


def explain(
    advice: Advice, facts: PatientFacts, cards: Iterable[Card], setting: CardSetting
) -> Json:
    """The answer of `POST /explain`; a member without a value is null, a list may be empty."""
    return {
        "moment": advice.moment.value,
        "status": advice.assessment.status.value,
        "biochemistry": advice.assessment.biochemistry.value,
        "why": advice.assessment.why,
        "inputs": [input_json(each) for each in advice.assessment.inputs],
        "facts": facts_json(facts),
        "gaps": [_gap(gap) for gap in dict.fromkeys((*facts.gaps, *advice.gaps))],
        "rules": [_rule(finding) for finding in advice.findings],
        "recommendation": _recommendation(advice.recommendation, setting),
        "knowledgeVersion": setting.knowledge_version,
        "cards": [card.to_json() for card in cards],
    }


def facts_json(facts: PatientFacts) -> Json:
    """What was understood of the record, in domain words."""
    return {
        "today": facts.today.isoformat(),
        "ageYears": facts.age_years,
        "sex": _word(facts.sex),
        "deceased": facts.deceased,
        "known": facts.known,
        "labs": [_lab(item) for item in facts.labs.items],
        "medications": [_order(item) for item in facts.medications.items],
        "conditions": [_condition(item) for item in facts.conditions.items],
        "procedures": [_procedure(item) for item in facts.procedures.items],
        "allergies": [_allergy(item) for item in facts.allergies.items],
        "incomplete": _incomplete(facts),
    }


def _incomplete(facts: PatientFacts) -> Json:
    """Why a list is not whole, by list; a list that is not named here is."""
    lists: dict[str, Listing[Any]] = {
        "labs": facts.labs,
        "medications": facts.medications,
        "conditions": facts.conditions,
        "procedures": facts.procedures,
        "allergies": facts.allergies,
    }
    return {name: listing.why for name, listing in lists.items() if not listing.complete}


def _rule(finding: Finding) -> Json:
    verdict = finding.verdict
    told: Json = {
        "id": finding.rule,
        "fired": verdict.fired,
        "outcome": verdict.outcome.value,
        "why": verdict.why,
    }
    if verdict.fired:
        told["indicator"] = finding.indicator.value
        told["orders"] = list(verdict.orders)
        told["proposals"] = [proposal.key for proposal in verdict.proposals]
        told["withheld"] = list(finding.withheld)
    if finding.tuned:
        told["tuned"] = finding.tuned
    if verdict.inputs:
        told["inputs"] = [input_json(each) for each in verdict.inputs]
    if verdict.missing:
        told["missing"] = list(verdict.missing)
    return told


def _recommendation(recommendation: Recommendation | None, setting: CardSetting) -> Json | None:
    if recommendation is None:
        return None
    return {
        "regimen": recommendation.regimen,
        "why": recommendation.why,
        "options": [
            {
                "regimen": option.regimen,
                "words": describe.regimen(
                    option.orders, setting.products, lifelong=option.lifelong
                ),
                "lifelong": option.lifelong,
                "notes": list(option.notes),
            }
            for option in recommendation.options
        ],
        "monitoring": list(recommendation.monitoring),
        "calendar": [
            {
                "date": step.on.isoformat(),
                "kind": step.kind,
                "what": setting.wording.step(step.what),
                "weekend": step.weekend,
            }
            for step in recommendation.calendar
        ],
    }


def _gap(gap: Gap) -> Json:
    return {"source": gap.source, "kind": gap.kind, "where": gap.where}


def _lab(result: LabResult) -> Json:
    measured = result.measured
    return {
        "name": result.analyte.value,
        "value": f"{measured.comparator}{plain(measured.value)}" if measured else result.reported,
        "unit": measured.unit if measured else "",
        "finding": _word(result.finding),
        "date": result.taken_on.isoformat() if result.taken_on else None,
        "reference": result.reference,
        "referenceRange": result.reference_range,
        "reported": result.reported,
        "status": result.status.value,
        "unusable": _word(result.unusable),
    }


def _order(order: Order) -> Json:
    medicine = order.medicine
    return {
        "name": medicine.text if medicine else "",
        "substances": sorted(medicine.substances) if medicine else [],
        "status": order.status.value,
        "source": order.source.value,
        "from": order.first_day.isoformat() if order.first_day else None,
        "until": order.last_day.isoformat() if order.last_day else None,
        "givenOn": order.given_on.isoformat() if order.given_on else None,
        "dosage": [_phase(phase) for phase in order.phases],
        "reference": order.reference,
    }


def _phase(phase: Phase) -> Json:
    return {
        "dose": phase.amount.stated if phase.amount else None,
        "route": _word(phase.route),
        "site": _word(phase.site),
        "timing": _timing(phase.timing),
    }


def _timing(timing: Timing) -> Json:
    return {
        "words": describe.course(timing) or timing.text,
        "intervalDays": _number(timing.interval_days),
        "ambiguous": timing.ambiguous,
    }


def _condition(condition: Condition) -> Json:
    return {
        "names": sorted(condition.concepts),
        "text": condition.text,
        "state": condition.state.value,
        "onset": condition.onset.isoformat() if condition.onset else None,
        "extentCm": _number(condition.extent_cm),
        "reference": condition.reference,
    }


def _procedure(procedure: Procedure) -> Json:
    return {
        "names": sorted(procedure.operations),
        "text": procedure.text,
        "date": procedure.performed_on.isoformat() if procedure.performed_on else None,
        "lengthCm": _number(procedure.length_cm),
        "reference": procedure.reference,
    }


def _allergy(allergy: Allergy) -> Json:
    return {
        "names": sorted([*allergy.substances, *allergy.allergens]),
        "text": allergy.text,
        "reference": allergy.reference,
    }


def _word(value: StrEnum | None) -> str | None:
    return value.value if value else None


def _number(value: Decimal | None) -> str | None:
    """A decimal as text: JSON's numbers are floats in most readers."""
    return plain(round(value, 2)) if value is not None else None
