"""order-dispatch: signed orders go to whoever will carry them out; the call only points to them."""

from __future__ import annotations

from cds_hooks.hooks.hook import Hook
from regimens.advice import Moment

ORDER_DISPATCH = Hook(
    name="order-dispatch",
    version="1.1",
    service_id="b12-order-dispatch",
    # The last look at an order before somebody acts on it, so the checks of signing apply.
    moment=Moment.SIGNING,
    title="Vitamin B12: check the order that is sent out",
    description=(
        "When a signed order of vitamin B12 or folic acid is sent to a pharmacy or an injection "
        "clinic: the same checks as before signing. Silent for every other order."
    ),
    usage_requirements=(
        "Needs the patient, and the orders that `context.dispatchedOrders` points to: from the "
        "prefetch `medications`, else from the FHIR server, to which the call must grant access."
    ),
    orders_field="dispatchedOrders",
    tokens=frozenset({"patientId"}),
)
