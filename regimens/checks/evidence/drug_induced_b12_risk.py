"""A drug that may contribute to a low B12."""

from __future__ import annotations

from regimens.advice import B12Status
from regimens.case import Case, Source
from regimens.concepts import Concept
from regimens.modifiers import quoted
from regimens.months import add_months
from regimens.orders import Order
from regimens.proposing import task
from regimens.recommend import LOWERING
from regimens.substances import Substance
from regimens.verdict import Input, Outcome, Verdict

ACID_SUPPRESSANTS = frozenset({Substance.PROTON_PUMP_INHIBITOR, Substance.H2_ANTAGONIST})
LOW = frozenset({B12Status.DEFICIENT, B12Status.INDETERMINATE})


def check(case: Case) -> Verdict:
    """Name the drug: metformin beyond 4 months, acid suppressants beyond 12, others at once.

    Reads the biochemistry. An unknown start counts as long.

    CITES: mhra-metformin-2022, ng239, afp-2017.
    """
    if case.biochemistry not in LOW:
        return case.otherwise("B12 is neither deficient nor indeterminate", Source.LABS)
    drugs = tuple(order for order in case.running if _contributes(case, order))
    coded = case.active(Concept.LONG_TERM_METFORMIN)
    if not drugs and not coded:
        needed = (Source.MEDICATIONS, Source.CONDITIONS)
        return case.otherwise("no drug that lowers B12 is taken long enough", *needed)
    names = sorted({_name(order) for order in drugs} or {Substance.METFORMIN.value})
    return Verdict(
        Outcome.FIRED,
        "a drug that lowers B12 is taken",
        values={"drug": ", ".join(names).capitalize()},
        inputs=(
            *(Input("drug", _name(o), on=o.first_day, reference=o.reference) for o in drugs),
            *(quoted(condition) for condition in coded),
        ),
        proposals=(task("medication-review", "medication-review"),),
    )


def _contributes(case: Case, order: Order) -> bool:
    if not order.contains(*LOWERING):
        return False
    months = case.policy.drug_months
    if order.contains(Substance.METFORMIN):
        return _longer_than(case, order, months.metformin)
    if order.contains(*ACID_SUPPRESSANTS):
        return _longer_than(case, order, months.acid_suppressant)
    return True


def _longer_than(case: Case, order: Order, months: int) -> bool:
    start = order.first_day
    return start is None or add_months(start, months) < case.today


def _name(order: Order) -> str:
    found = order.medicine.substances & frozenset(LOWERING) if order.medicine else frozenset()
    return min(found, default=Substance.METFORMIN).value
