"""How far apart maintenance injections may be, for the product, the cause and the nerves."""

from __future__ import annotations

from decimal import Decimal

from regimens.case import Case
from regimens.modifiers import CauseKind
from regimens.quantities import DAYS_PER_PERIOD, PeriodUnit
from regimens.substances import Substance

DAYS_PER_MONTH = DAYS_PER_PERIOD[PeriodUnit.MONTH]


def ileal(case: Case) -> bool:
    """True with a long ileal resection or extensive ileal disease, which ask for monthly doses."""
    return any(cause.kind is CauseKind.ILEAL for cause in case.causes)


def product_limit_days(case: Case, substance: Substance | None) -> Decimal:
    """The smallest limit of product and cause, in days, itself still allowed (C10).

    For a purely dietary cause a formulary may accept anything but cyanocobalamin twice a year.
    """
    limits = case.policy.interval_days
    diet = case.formulary.dietary_interval_to_days
    cyano = substance is Substance.CYANOCOBALAMIN
    product = limits.cyanocobalamin_to if cyano else limits.hydroxocobalamin_to
    if diet is not None and case.dietary and not cyano:
        product = Decimal(diet)
    return min(product, limits.ileal_to) if ileal(case) else product


def longest_months(case: Case, substance: Substance | None) -> int:
    """Whole months that no limit forbids: nerves that are or were involved count too."""
    limit = product_limit_days(case, substance)
    if case.neuro.active or case.neuro.historical:
        limit = min(limit, case.policy.interval_days.neuro_maintenance_to)
    return max(1, int(limit / DAYS_PER_MONTH))
