"""encounter-discharge: the patient is about to leave; what is due goes along."""

from __future__ import annotations

from cds_hooks.hooks.hook import Hook
from regimens.advice import Moment

ENCOUNTER_DISCHARGE = Hook(
    name="encounter-discharge",
    version="1.0",
    service_id="b12-encounter-discharge",
    # Nothing is ordered by this hook: what is due is told as when the chart is opened.
    moment=Moment.OPENING,
    title="Vitamin B12: what is due at discharge",
    description=(
        "When a patient is discharged: an untreated vitamin B12 deficiency with the regimen that "
        "fits, missing prophylaxis after stomach or bowel surgery, and monitoring that is due. "
        "Silent when nothing is due."
    ),
    usage_requirements=(
        "Needs the patient. Laboratory results, medications, conditions, procedures and allergies "
        "come from the prefetch, or are read from the FHIR server when the call grants access."
    ),
)
