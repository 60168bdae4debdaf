"""Proposals as CDS Hooks actions on FHIR resources, each checked before it leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from fhir_mappers.catalogue import Catalogue, CodedProduct
from fhir_mappers.dosage import two_faced_word
from fhir_mappers.drafts import Drafts
from fhir_mappers.instructions import (
    concept_of_route,
    concept_of_site,
    dose_quantity,
    instruction_words,
    timing_of,
)
from fhir_mappers.leftovers import take_off_place, take_off_supply, take_off_words
from fhir_mappers.names import plain_text
from fhir_mappers.normal import as_json, normal_request
from fhir_mappers.strict import refusals
from fhir_mappers.terminology import Codes
from fhir_mappers.versions.outward import take_out
from fhir_mappers.versions.version import Version
from regimens.orders import BY_MOUTH_OR_NOSE, Order, Phase, Route, Site, Timing
from regimens.proposals import (
    BookTask,
    Change,
    CreateOrder,
    DeleteOrder,
    OrderTest,
    PlannedOrder,
    Proposal,
    UpdateOrder,
)


class ActionType(StrEnum):
    """What an action does to the draft set, as CDS Hooks names it."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class RenderedAction:
    """One action. `resource` is plain JSON for create and update, `resource_id` for delete."""

    type: ActionType
    description: str
    resource: Mapping[str, Any] | None = None
    resource_id: str | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """Who an order is for, on which day, in which formulary, words and FHIR version.

    `words` gives the text of a wording key, of an administration note or a task.
    """

    codes: Codes
    patient: str
    today: date
    formulary: str
    words: Callable[[str], str]
    version: Version = Version.R4

    @property
    def catalogue(self) -> Catalogue:
        """How products and tests are coded."""
        return self.codes.catalogue


def render(proposal: Proposal, drafts: Drafts, desk: Desk) -> tuple[RenderedAction, ...] | None:
    """The actions of a proposal; None when any of them cannot be made valid: they belong together."""
    actions = []
    for change in proposal.changes:
        action = _action(change, drafts, desk)
        finished = _finished(action, drafts, desk.version) if action else None
        if finished is None:
            return None
        actions.append(finished)
    return tuple(actions)


def _finished(action: RenderedAction, drafts: Drafts, version: Version) -> RenderedAction | None:
    """The action in that FHIR version; None when its resource cannot be said there, or is invalid."""
    if action.resource is None:
        return action
    changed = f"{action.resource['resourceType']}/{action.resource.get('id')}"
    resource = take_out(action.resource, version, drafts.raw.get(changed))
    if resource is None or refusals(resource, version):
        return None
    return replace(action, resource=resource)


def _action(change: Change, drafts: Drafts, desk: Desk) -> RenderedAction | None:
    match change:
        case CreateOrder(order=planned):
            return _create(planned, desk)
        case UpdateOrder():
            return _update(change, drafts, desk)
        case DeleteOrder(reference=reference):
            return _delete(reference, drafts)
        case OrderTest():
            return _test(change, desk)
        case BookTask():
            return _task(change, desk)


def _create(planned: PlannedOrder, desk: Desk) -> RenderedAction | None:
    product = desk.catalogue.product(desk.formulary, planned.product)
    timing = timing_of(planned.timing)
    if product is None or timing is None:
        return None
    words = instruction_words(planned.micrograms, planned.route, None, planned.timing)
    dosage = {
        "text": words,
        "timing": timing,
        "route": concept_of_route(planned.route),
        "doseAndRate": [{"doseQuantity": dose_quantity(planned.micrograms)}],
    }
    resource = {
        "resourceType": "MedicationRequest",
        "status": "draft",
        "intent": "order",
        "medicationCodeableConcept": product.concept(),
        "subject": _subject(desk),
        "authoredOn": desk.today.isoformat(),
        "dosageInstruction": [{key: one for key, one in dosage.items() if one}],
    }
    if planned.note is not None:
        _add_note(resource, desk.words(planned.note))
    return _resource(ActionType.CREATE, f"Order {product.text}: {words}", resource)


def _update(change: UpdateOrder, drafts: Drafts, desk: Desk) -> RenderedAction | None:
    """The whole received draft with the edit in it.

    None when the draft has no id to be met by, or an instruction that is no object.
    """
    received = drafts.raw.get(change.reference)
    order = next(
        (one for one in drafts.draft_set.orders if one.reference == change.reference), None
    )
    if received is None or order is None or not received.get("id"):
        return None
    if received.get("resourceType") != "MedicationRequest":
        return None
    resource = normal_request(received, desk.patient)
    if not all(isinstance(one, dict) for one in resource.get("dosageInstruction", ())):
        return None
    product = desk.catalogue.product(desk.formulary, change.product) if change.product else None
    if change.product and product is None:
        return None
    if product is not None:
        _take_out_drug(resource)
        resource["medicationCodeableConcept"] = product.concept()
        _rename(resource, change, order, desk)
    take_off_supply(resource, change)
    _keep_running(resource, change)
    if change.replaces is not None:
        resource["priorPrescription"] = {"reference": change.replaces}
    if change.note is not None:
        _add_note(resource, desk.words(change.note))
    if not _edit_dosage(resource, change, order):
        return None
    return _resource(ActionType.UPDATE, _update_words(change, order, product, desk), resource)


def _add_note(resource: dict[str, Any], words: str) -> None:
    """Add a note, unless the order has it: a suggestion may be taken again at the next hook."""
    notes = resource.setdefault("note", [])
    if not any(isinstance(note, dict) and note.get("text") == words for note in notes):
        notes.append({"text": words})


def _keep_running(resource: dict[str, Any], change: UpdateOrder) -> None:
    if change.status is not None:
        resource["status"] = change.status
        resource.pop("statusReason", None)
    if change.open_ended:
        _take_off_end(resource)


def _take_off_end(resource: dict[str, Any]) -> None:
    """Remove the day on which the prescription ends; what else the request to dispense says stays."""
    dispense = resource.get("dispenseRequest")
    validity = dispense.get("validityPeriod") if isinstance(dispense, dict) else None
    if not isinstance(dispense, dict) or not isinstance(validity, dict):
        return
    started = {name: value for name, value in validity.items() if name not in {"end", "_end"}}
    rest = {name: value for name, value in dispense.items() if name != "validityPeriod"}
    resource["dispenseRequest"] = rest | ({"validityPeriod": started} if started else {})
    if not resource["dispenseRequest"]:
        del resource["dispenseRequest"]


def _take_out_drug(resource: dict[str, Any]) -> None:
    """Remove the reference to the drug, and the drug with it where the order contains it."""
    reference = resource.pop("medicationReference", None)
    named = reference.get("reference") if isinstance(reference, dict) else None
    contained = resource.pop("contained", ())
    kept = [
        one for one in contained if not (isinstance(one, dict) and f"#{one.get('id')}" == named)
    ]
    if kept:
        resource["contained"] = kept


def _edit_dosage(resource: dict[str, Any], change: UpdateOrder, order: Order) -> bool:
    """Edit the instructions that the change names; False when FHIR cannot say the new timing."""
    if not _touches_dosage(change):
        return True
    dosages: list[dict[str, Any]] = resource.setdefault("dosageInstruction", [{}])
    wanted = range(len(dosages)) if change.phases is None else change.phases
    for index in wanted:
        if index >= len(dosages):
            return False
        phase = order.phases[index] if index < len(order.phases) else Phase()
        if _goes_elsewhere(change, order.route_of(phase)):
            take_off_place(dosages[index])
            phase = replace(phase, site=None)
        if not _edit_one(dosages[index], change, phase):
            return False
    return True


def _rename(resource: dict[str, Any], change: UpdateOrder, order: Order, desk: Desk) -> None:
    """Instructions that name the replaced drug, or said more of it elsewhere, are written anew."""
    for index, dosage in enumerate(resource.get("dosageInstruction", ())):
        words = str(dosage.get("text", ""))  # a number, from a careless EHR
        named, _ = desk.codes.drugs.named(plain_text(words), desk.formulary)
        said_more = take_off_words(dosage, change)
        if (named or said_more) and index < len(order.phases):
            dosage["text"] = _edited_words(change, order.phases[index])


def _touches_dosage(change: UpdateOrder) -> bool:
    edits = (change.micrograms, change.route, change.site, change.timing)
    return any(edit is not None for edit in edits)


def _goes_elsewhere(change: UpdateOrder, route: Route | None) -> bool:
    """True when the edit leads away from the route that the instruction has, or needs no needle."""
    if change.route is None:
        return False
    return change.route in BY_MOUTH_OR_NOSE or change.route is not (route or Route.INTRAMUSCULAR)


def _edit_one(dosage: dict[str, Any], change: UpdateOrder, phase: Phase) -> bool:
    take_off_words(dosage, change)
    if change.micrograms is not None:
        dosage["doseAndRate"] = [{"doseQuantity": dose_quantity(change.micrograms)}]
    if change.route is not None:
        _put(dosage, "route", concept_of_route(change.route), change.route.value)
    if change.site is not None:
        _put(dosage, "site", concept_of_site(change.site), change.site.value)
    if change.timing is not None:
        timing = timing_of(change.timing)
        if timing is None:
            return False
        dosage["timing"] = timing
    dosage["text"] = _edited_words(change, phase)
    return True


def _put(dosage: dict[str, Any], name: str, concept: dict[str, Any] | None, word: str) -> None:
    dosage[name] = concept or {"text": word}


def _edited_words(change: UpdateOrder, phase: Phase) -> str:
    """The instruction anew: old words beside a new structure would contradict it.

    "Biweekly" stays, as long as nobody has said what was meant: the doubt is not ours to resolve.
    """
    micrograms = change.micrograms
    dose = _dose_stated(phase) if micrograms is None else ""
    route: Route | None = change.route or phase.route
    swallowed = route in BY_MOUTH_OR_NOSE
    site: Site | None = change.site or (None if swallowed else phase.site)
    timing: Timing = change.timing or phase.timing
    words = instruction_words(micrograms, route, site, timing)
    doubt = "" if change.timing is not None else two_faced_word(phase.timing)
    whole = f"{dose} {words}".strip()
    return f"{whole}, {doubt}" if doubt else whole


def _dose_stated(phase: Phase) -> str:
    return phase.amount.stated if phase.amount else ""


def _update_words(
    change: UpdateOrder, order: Order, product: CodedProduct | None, desk: Desk
) -> str:
    name = order.medicine.text if order.medicine else "the order"
    edits = []
    if product is not None:
        edits.append(f"to {product.text}")
    words = instruction_words(
        change.micrograms, change.route, change.site, change.timing or Timing()
    )
    if words:
        edits.append(words)
    if change.note is not None:
        edits.append(desk.words(change.note))
    if change.status is not None:
        edits.append(f"status {change.status}")
    if change.open_ended:
        edits.append("without its end")
    return f"Change {name}: {'; '.join(edits)}" if edits else f"Keep {name}"


def _delete(reference: str, drafts: Drafts) -> RenderedAction | None:
    received = drafts.raw.get(reference)
    if received is None or not received.get("id"):
        return None
    order = next(one for one in drafts.draft_set.orders if one.reference == reference)
    name = order.medicine.text if order.medicine else "the order"
    return RenderedAction(ActionType.DELETE, f"Remove {name}", resource_id=reference)


def _test(change: OrderTest, desk: Desk) -> RenderedAction | None:
    code = desk.catalogue.tests.get(change.analyte)
    if code is None:
        return None
    display = desk.codes.labs.displays[code]
    coding = {"system": "http://loinc.org", "code": code, "display": display}
    due = change.due or desk.today
    resource = {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "order",
        "code": {"coding": [coding], "text": change.analyte.value},
        "subject": _subject(desk),
        "occurrenceDateTime": due.isoformat(),
        "authoredOn": desk.today.isoformat(),
    }
    when = "" if change.due is None else f", due {due.isoformat()}"
    return _resource(ActionType.CREATE, f"Order {change.analyte.value}{when}", resource)


def _task(change: BookTask, desk: Desk) -> RenderedAction:
    words = ": ".join(filter(None, (desk.words(change.topic), change.drug)))
    resource: dict[str, Any] = {
        "resourceType": "Task",
        "status": "draft",
        "intent": "proposal",
        "description": words,
        "for": _subject(desk),
        "authoredOn": desk.today.isoformat(),
    }
    if change.about is not None:
        resource["focus"] = {"reference": change.about}
    if change.due is not None:
        resource["restriction"] = {"period": {"end": change.due.isoformat()}}
    return _resource(ActionType.CREATE, words, resource)


def _resource(kind: ActionType, words: str, resource: Mapping[str, Any]) -> RenderedAction:
    plain = {name: as_json(value) for name, value in resource.items()}
    return RenderedAction(kind, words, resource=plain)


def _subject(desk: Desk) -> dict[str, str]:
    return {"reference": f"Patient/{desk.patient}"}
