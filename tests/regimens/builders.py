"""Patients, orders and cases for the tests of the domain, told in the language of the cases."""

from __future__ import annotations

from regimens.advice import Moment
from regimens.case import Case
from regimens.facts import LabResult, PatientFacts, Procedure
from regimens.knowledge.loader import load_library
from regimens.orders import Order, OrderStatus
from regimens.selection import Readings
from tests.cases.language import TODAY, read_given, read_lab, read_orders, read_procedure
from tests.cases.order_phrases import read_order

__all__ = [
    "LIBRARY",
    "POLICY",
    "TODAY",
    "draft",
    "facts",
    "labs",
    "make",
    "medication",
    "procedures",
    "readings",
]

LIBRARY = load_library()
POLICY = LIBRARY.policy


def facts(**given: object) -> PatientFacts:
    """A patient of 50 with an empty record, but for what is given."""
    return read_given("a test", given, TODAY)


def make(
    *orders: str, formulary: str = "uk", moment: Moment = Moment.SIGNING, **given: object
) -> Case:
    """A case at signing, with these orders drafted."""
    knowledge = LIBRARY.knowledge(formulary)
    return Case(facts(**given), read_orders(orders, TODAY), moment, knowledge)


def draft(text: str) -> Order:
    """An order that is being written."""
    return read_order(text, "draft-1", TODAY, OrderStatus.DRAFT)


def medication(text: str, reference: str = "medication-1") -> Order:
    """An order of the medication list."""
    return read_order(text, reference, TODAY, OrderStatus.ACTIVE)


def labs(*texts: str) -> tuple[LabResult, ...]:
    """Laboratory results; the first is lab-1."""
    return tuple(read_lab(text, number, TODAY) for number, text in enumerate(texts, start=1))


def readings(*texts: str, kidney_disease: bool = False) -> Readings:
    """Laboratory results by window."""
    return Readings(labs(*texts), TODAY, POLICY.windows_days, kidney_disease)


def procedures(*texts: str) -> tuple[Procedure, ...]:
    """Procedures; the first is procedure-1."""
    return tuple(read_procedure(text, number, TODAY) for number, text in enumerate(texts, start=1))
