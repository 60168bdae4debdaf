"""medication-refill: a renewal is asked for, perhaps while no clinician looks at the chart."""

from __future__ import annotations

from cds_hooks.hooks.hook import Hook
from regimens.advice import Moment

MEDICATION_REFILL = Hook(
    name="medication-refill",
    version="0.1.0",
    service_id="b12-medication-refill",
    # Whoever approves the renewal next signs it: no later hook follows.
    moment=Moment.SIGNING,
    title="Vitamin B12: check the renewal",
    description=(
        "When a renewal of vitamin B12 or folic acid is asked for: the same checks as before "
        "signing, and whether monitoring is due. Silent for every other renewal."
    ),
    usage_requirements=(
        "Needs the patient and the renewals in `context.medications`; a user is not needed. Other "
        "data come from the prefetch, or are read from the FHIR server when the call grants access."
    ),
    drafts_field="medications",
)
