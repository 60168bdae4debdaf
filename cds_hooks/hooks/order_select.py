"""order-select: an order is chosen, its details may still be missing."""

from __future__ import annotations

from cds_hooks.hooks.hook import Hook
from regimens.advice import Moment

ORDER_SELECT = Hook(
    name="order-select",
    version="1.0",
    service_id="b12-order-select",
    moment=Moment.SELECTING,
    title="Vitamin B12: check the chosen order",
    description=(
        "When vitamin B12 or folic acid is chosen: checks **product, dose, route and timing** "
        "against kidney function, platelets, allergies, cause of deficiency and current therapy, "
        "and offers a corrected order. Silent for every other order."
    ),
    usage_requirements=(
        "Needs the patient and the draft orders. Other data come from the prefetch, or are read "
        "from the FHIR server when the call grants access."
    ),
    drafts_field="draftOrders",
    selections_field="selections",
)
