"""problem-list-item-create: a diagnosis is added, which may be one that calls for B12."""

from __future__ import annotations

from cds_hooks.hooks.hook import Hook
from regimens.advice import Moment

PROBLEM_LIST_ITEM_CREATE = Hook(
    name="problem-list-item-create",
    version="0.1.0",
    service_id="b12-problem-list-item-create",
    # Nothing is ordered yet: what is due is told as when the chart is opened.
    moment=Moment.OPENING,
    title="Vitamin B12: what a new diagnosis calls for",
    description=(
        "When a diagnosis that bears on vitamin B12 is added, such as pernicious anaemia, a "
        "gastrectomy or a neuropathy: the regimen, prophylaxis or monitoring that is due. "
        "Silent for every other diagnosis."
    ),
    usage_requirements=(
        "Needs the patient and the new diagnoses in `context.conditions`. Other data come from the "
        "prefetch, or are read from the FHIR server when the call grants access."
    ),
    problems_field="conditions",
)
