"""The hooks that are served, one file each."""

from __future__ import annotations

from cds_hooks.hooks.encounter_discharge import ENCOUNTER_DISCHARGE
from cds_hooks.hooks.hook import Hook
from cds_hooks.hooks.medication_prescribe import MEDICATION_PRESCRIBE
from cds_hooks.hooks.medication_refill import MEDICATION_REFILL
from cds_hooks.hooks.order_dispatch import ORDER_DISPATCH
from cds_hooks.hooks.order_select import ORDER_SELECT
from cds_hooks.hooks.order_sign import ORDER_SIGN
from cds_hooks.hooks.patient_view import PATIENT_VIEW
from cds_hooks.hooks.problem_list_item_create import PROBLEM_LIST_ITEM_CREATE

__all__ = ["HOOKS", "Hook", "by_name", "by_service_id"]

HOOKS: tuple[Hook, ...] = (
    PATIENT_VIEW,
    ORDER_SELECT,
    ORDER_SIGN,
    MEDICATION_PRESCRIBE,
    ORDER_DISPATCH,
    MEDICATION_REFILL,
    PROBLEM_LIST_ITEM_CREATE,
    ENCOUNTER_DISCHARGE,
)


def by_service_id(service_id: str) -> Hook | None:
    """The hook that the service of this id answers; None for an unknown id."""
    return next((hook for hook in HOOKS if hook.service_id == service_id), None)


def by_name(name: str) -> Hook | None:
    """The hook of this name; None when it is not served."""
    return next((hook for hook in HOOKS if hook.name == name), None)
