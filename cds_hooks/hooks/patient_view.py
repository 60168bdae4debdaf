"""patient-view: the chart is opened."""

from __future__ import annotations

from cds_hooks.hooks.hook import Hook
from regimens.advice import Moment

PATIENT_VIEW = Hook(
    name="patient-view",
    version="1.0",
    service_id="b12-patient-view",
    moment=Moment.OPENING,
    title="Vitamin B12: what is due",
    description=(
        "When a chart is opened: an untreated vitamin B12 deficiency with the regimen that fits, "
        "missing prophylaxis after stomach or bowel surgery, and monitoring that is due. "
        "Silent when nothing is due."
    ),
    usage_requirements=(
        "Needs the patient. Laboratory results, medications, conditions, procedures and allergies "
        "come from the prefetch, or are read from the FHIR server when the call grants access."
    ),
)
