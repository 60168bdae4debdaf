"""order-sign: the orders are about to be signed."""

from __future__ import annotations

from cds_hooks.hooks.hook import Hook
from regimens.advice import Moment

ORDER_SIGN = Hook(
    name="order-sign",
    version="1.0",
    service_id="b12-order-sign",
    moment=Moment.SIGNING,
    title="Vitamin B12: check before signing",
    description=(
        "Before vitamin B12 or folic acid is signed: every check of the order itself, and what the "
        "order set still **lacks**: loading, maintenance, baseline bloods, potassium. "
        "Silent for every other order."
    ),
    usage_requirements=(
        "Needs the patient and the draft orders. Other data come from the prefetch, or are read "
        "from the FHIR server when the call grants access."
    ),
    drafts_field="draftOrders",
    follows="order-select",
)
