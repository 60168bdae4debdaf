"""Parenteral cyanocobalamin ordered with kidney function unknown."""

from __future__ import annotations

from dataclasses import replace

from regimens.case import ADVANCED_KIDNEY_DISEASE, Case, Source
from regimens.exposure import is_injected
from regimens.facts import Analyte
from regimens.proposing import distinct, order_tests, to_hydroxocobalamin
from regimens.selection import KIDNEY
from regimens.substances import Substance
from regimens.verdict import Input, Outcome, Verdict, not_applicable, silent


def check(case: Case) -> Verdict:
    """Ask for kidney function: silence would hide the risk, blocking would delay B12.

    A value out of its window counts as missing and is quoted. So does one whose comparator
    leaves open on which side of 50 it lies. That a value is missing recommends no other product.
    Rests on absence: results and conditions must have been read.

    CITES: policy (C32).
    """
    orders = distinct(
        tuple(
            order
            for order in case.cobalamin_drafts
            if order.contains(Substance.CYANOCOBALAMIN) and is_injected(order)
        )
    )
    if not orders:
        return not_applicable("no parenteral cyanocobalamin is ordered")
    coded = case.active(*ADVANCED_KIDNEY_DISEASE)
    if coded and case.kidney is None:
        return not_applicable("advanced kidney disease is coded")
    if case.kidney is not None and _tells(case):
        return silent("kidney function is known", Input.of(case.kidney))
    missing = case.unread(Source.LABS, Source.CONDITIONS)
    if case.kidney is None and missing:
        return case.otherwise("", Source.LABS, Source.CONDITIONS)
    quoted = case.kidney or case.readings.newest(*KIDNEY)
    return Verdict(
        Outcome.FIRED,
        "no kidney function in its window tells whether it is below 50",
        orders=tuple(order.reference for order in orders),
        variant=None if quoted else "never",
        inputs=(Input.of(quoted),) if quoted else (),
        proposals=(
            order_tests("order-kidney-function", Analyte.CREATININE, Analyte.EGFR),
            replace(to_hydroxocobalamin(case, orders, lengthen=True), recommended=False),
        ),
    )


def _tells(case: Case) -> bool:
    measured = case.kidney.measured if case.kidney else None
    limit = case.policy.kidney.cyanocobalamin_below
    return measured is not None and (
        measured.surely_below(limit) or measured.surely_at_least(limit)
    )
