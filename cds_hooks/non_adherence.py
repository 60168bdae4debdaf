"""HL7's common vocabulary for not following advice, beside our own override reasons.

Our reasons fit each rule and stay the codes that feedback comes back with. Where one of HL7's codes
says nearly the same, it travels with ours, so that reasons can be compared across services.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SYSTEM = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"
EXTENSION = "org.b12cds.non-adherence-reason"

NEAREST: Mapping[str, str] = {
    "acknowledged": "action-completed",
    "adverse-reaction": "patient-contraindication",
    "already-addressed": "action-completed",
    "alternative-unavailable": "service-not-available",
    "cause-resolved": "cds-not-applicable",
    "data-incorrect": "cds-suboptimal-context",
    "indication-documented-elsewhere": "cds-suboptimal-context",
    "injection-not-possible": "not-convenient-feasible",
    "not-clinically-relevant": "cds-not-applicable",
    "patient-preference": "does-not-align-preferences",
    "patient-pregnant": "cds-not-applicable",
    "plan-in-place": "action-completed",
    "supplied-elsewhere": "action-completed",
    "switched-product": "action-completed",
    "symptoms-documented": "cds-suboptimal-context",
    "tolerated-since": "cds-not-applicable",
    "transfusion-arranged": "action-completed",
}


def extension_of(code: str) -> dict[str, Any]:
    """The `extension` of an override reason; empty where HL7 has nothing near."""
    nearest = NEAREST.get(code)
    return {EXTENSION: {"system": SYSTEM, "code": nearest}} if nearest else {}
