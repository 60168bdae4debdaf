"""medication-prescribe: the deprecated hook that some EHRs still fire; no later hook follows it."""

from __future__ import annotations

from cds_hooks.hooks.hook import Hook
from regimens.advice import Moment

MEDICATION_PRESCRIBE = Hook(
    name="medication-prescribe",
    version="1.0",
    service_id="b12-medication-prescribe",
    moment=Moment.SIGNING,
    title="Vitamin B12: check the prescription",
    description=(
        "When vitamin B12 or folic acid is prescribed: the same checks as before signing. For EHRs "
        "that do not fire `order-select` and `order-sign`. Silent for every other prescription."
    ),
    usage_requirements=(
        "Needs the patient and the prescriptions in `context.medications`. Other data come from "
        "the prefetch, or are read from the FHIR server when the call grants access."
    ),
    drafts_field="medications",
)
