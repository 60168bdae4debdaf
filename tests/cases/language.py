"""The language of the cases: a TOML table in, patient facts, drafts and expectations out.

    [[case]]
    name = "eGFR of exactly 50 does not ask for another product"
    kind = "boundary"                     # fires | silent | boundary | unknown
    given.labs = ["B12 150 ng/L 3 days ago", "eGFR 50 20 days ago"]
    given.conditions = ["pernicious anaemia", "paraesthesia (historical)"]
    orders = ["cyanocobalamin 1000 micrograms IM weekly for 4 doses"]
    expect = ["loading-missing", { rule = "b12-iv-route", indicator = "warning" }]
    silent = ["cyanocobalamin-renal-impairment"]

`given` tells the record: age (50 unless told, "unknown" for none), sex, labs, conditions,
procedures, allergies, medications, unread (lists that could not be read), patient = "unread",
deceased = true. `orders` tells the draft set: medication orders, "test: potassium, folate",
"review planned", "selected: draft-2". `expect` names rules that must fire, `silent` rules that
must not, `undecided` rules that cannot tell; `status`, `biochemistry` and `regimen` are the
assessment and the regimen recommended ("none" for none); `offers`, `not_offered` and `withheld`
name proposals as "rule/key". `products` is what each option of the regimen begins with, in the
order offered, and `maintenance_days` how far apart its first option ends. A phrase that cannot be read is an error, never skipped.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from regimens.advice import B12Status, Moment
from regimens.facts import (
    Allergen,
    Allergy,
    Analyte,
    ClinicalState,
    Condition,
    DraftSet,
    Finding,
    Gap,
    LabResult,
    Listing,
    PatientFacts,
    Procedure,
    ResultStatus,
    Sex,
    Unusable,
)
from regimens.months import MONTHS_PER_YEAR, add_months
from regimens.orders import Order, OrderStatus
from regimens.quantities import Comparator, Measured
from regimens.substances import Substance
from regimens.verdict import Indicator
from tests.cases.order_phrases import read_order
from tests.cases.phrases import NUMBER, Phrase, number
from tests.cases.vocabulary import (
    ALLERGENS,
    ANALYTES,
    B12_UNITS,
    CONDITIONS,
    OPERATIONS,
    UNITS,
)

TODAY = date(2026, 10, 14)
AGE_UNLESS_TOLD = 50

KINDS = ("fires", "silent", "boundary", "unknown")
LISTS = ("labs", "medications", "conditions", "procedures", "allergies")
GIVEN = (*LISTS, "age", "sex", "unread", "patient", "deceased")
MEMBERS = (
    *("name", "rule", "kind", "source", "today", "formulary", "moment", "given", "orders"),
    *("expect", "silent", "undecided", "status", "biochemistry", "regimen"),
    *("offers", "not_offered", "withheld", "products", "maintenance_days"),
)


class CaseError(Exception):
    """A case says something the language does not know: which case, and what."""

    def __init__(self, case: str, reason: str) -> None:
        super().__init__(f"{case}: {reason}")


@dataclass(frozen=True, slots=True)
class Expected:
    """A rule that must fire, with the urgency and wording variant it must have, where told."""

    rule: str
    indicator: Indicator | None = None
    variant: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class WrittenCase:
    """One case as written: the situation and what is claimed of it."""

    name: str
    rule: str | None
    kind: str | None
    formulary: str
    moment: Moment
    facts: PatientFacts
    drafts: DraftSet
    expect: tuple[Expected, ...] = ()
    silent: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    status: B12Status | None = None
    biochemistry: B12Status | None = None
    regimen: str | None = None
    offers: tuple[str, ...] = ()
    not_offered: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    maintenance_days: int | None = None


def read_file(path: Path, rules: frozenset[str]) -> tuple[WrittenCase, ...]:
    """The cases of one file; its name is the rule they are about, unless they name another."""
    raw = tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)
    if extra := raw.keys() - {"case"}:
        raise CaseError(path.name, f"unknown tables: {', '.join(sorted(extra))}")
    cases = tuple(read_case(case, rules, about=path.stem) for case in raw["case"])
    names = [case.name for case in cases]
    if twice := {name for name in names if names.count(name) > 1}:
        raise CaseError(path.name, f"two cases are named {min(twice)!r}")
    return cases


def read_case(raw: Mapping[str, Any], rules: frozenset[str], about: str = "") -> WrittenCase:
    """One case; `about` is its rule where it names none and the word is a rule's id."""
    name = raw.get("name", "a case without a name")
    _only(name, raw, MEMBERS)
    kind = raw.get("kind")
    if kind is not None and kind not in KINDS:
        raise CaseError(name, f"kind is one of {', '.join(KINDS)}, not {kind!r}")
    today = date.fromisoformat(raw["today"]) if "today" in raw else TODAY
    case = WrittenCase(
        name=name,
        rule=raw.get("rule", about if about in rules else None),
        kind=kind,
        formulary=raw.get("formulary", "uk"),
        moment=Moment(raw.get("moment", "signing")),
        facts=read_given(name, raw.get("given", {}), today),
        drafts=read_orders(raw.get("orders", ()), today),
    )
    return _claims(case, raw, rules)


def _claims(case: WrittenCase, raw: Mapping[str, Any], rules: frozenset[str]) -> WrittenCase:
    expect = tuple(_expected(case.name, one) for one in raw.get("expect", ()))
    silent, undecided = tuple(raw.get("silent", ())), tuple(raw.get("undecided", ()))
    named = {*(one.rule for one in expect), *silent, *undecided}
    if strange := named - rules:
        raise CaseError(case.name, f"there is no rule {min(strange)!r}")
    return replace(
        case,
        expect=expect,
        silent=silent,
        undecided=undecided,
        status=B12Status(raw["status"]) if "status" in raw else None,
        biochemistry=B12Status(raw["biochemistry"]) if "biochemistry" in raw else None,
        regimen=raw.get("regimen"),
        offers=tuple(raw.get("offers", ())),
        not_offered=tuple(raw.get("not_offered", ())),
        withheld=tuple(raw.get("withheld", ())),
        products=tuple(raw.get("products", ())),
        maintenance_days=raw.get("maintenance_days"),
    )


def _expected(case: str, raw: str | Mapping[str, str]) -> Expected:
    if isinstance(raw, str):
        return Expected(raw)
    _only(case, raw, ("rule", "indicator", "variant", "note"))
    told = raw.get("indicator")
    indicator = Indicator(told) if told else None
    return Expected(raw["rule"], indicator, raw.get("variant"), raw.get("note"))


def _only(case: str, raw: Mapping[str, Any], members: tuple[str, ...]) -> None:
    if strange := raw.keys() - set(members):
        raise CaseError(case, f"there is no {min(strange)!r} in the language")


# --- the patient ----------------------------------------------------------------------------


def read_given(case: str, raw: Mapping[str, Any], today: date) -> PatientFacts:
    """The record of one patient; a list that is not told was looked for and found empty."""
    _only(case, raw, GIVEN)
    unread = frozenset(raw.get("unread", ()))
    if strange := unread - set(LISTS):
        raise CaseError(case, f"{min(strange)!r} is not a list of the record")
    labs = tuple(read_lab(text, n, today) for n, text in _numbered(raw, "labs"))
    medications = tuple(
        read_order(text, f"medication-{n}", today, OrderStatus.ACTIVE)
        for n, text in _numbered(raw, "medications")
    )
    conditions = tuple(read_condition(t, n, today) for n, t in _numbered(raw, "conditions"))
    procedures = tuple(read_procedure(t, n, today) for n, t in _numbered(raw, "procedures"))
    return PatientFacts(
        today=today,
        birth_date=_born(raw.get("age", AGE_UNLESS_TOLD), today),
        sex=Sex(raw["sex"]) if "sex" in raw else None,
        deceased=raw.get("deceased", False),
        known=raw.get("patient") != "unread",
        labs=Listing(labs, "labs" not in unread),
        medications=Listing(medications, "medications" not in unread),
        conditions=Listing(conditions, "conditions" not in unread),
        procedures=Listing(procedures, "procedures" not in unread),
        allergies=Listing(
            tuple(read_allergy(t, n) for n, t in _numbered(raw, "allergies")),
            "allergies" not in unread,
        ),
        gaps=tuple(Gap(name, "refused") for name in sorted(unread)),
    )


def _numbered(raw: Mapping[str, Any], name: str) -> list[tuple[int, str]]:
    return list(enumerate(raw.get(name, ()), start=1))


def _born(age: int | str, today: date) -> date | None:
    """The birthday today of a patient of this age; "17, 18 tomorrow" is one day short of it."""
    if age == "unknown":
        return None
    if isinstance(age, int):
        return add_months(today, -MONTHS_PER_YEAR * age)
    found = re.fullmatch(r"(\d+), (\d+) tomorrow", age)
    if found is None:
        raise CaseError(str(age), 'an age is a number, "unknown" or "17, 18 tomorrow"')
    born = add_months(today, -MONTHS_PER_YEAR * int(found.group(2)))
    return born.replace(day=born.day + 1)


COMPARATORS = {
    "less than": Comparator.BELOW,
    "at most": Comparator.AT_MOST,
    "more than": Comparator.ABOVE,
    "at least": Comparator.AT_LEAST,
    **{one.value: one for one in Comparator if one.value},
}
FLAGS: dict[str, dict[str, object]] = {
    "amended": {"status": ResultStatus.AMENDED},
    "preliminary": {"status": ResultStatus.PRELIMINARY},
    "implausible": {"unusable": Unusable.IMPLAUSIBLE},
    "unknown unit": {"unusable": Unusable.UNKNOWN_UNIT},
    "no value": {"unusable": Unusable.NO_VALUE},
    "no date": {"unusable": Unusable.NO_DATE, "taken_on": None},
}


def read_lab(text: str, position: int, today: date) -> LabResult:
    """A laboratory result: analyte, number or finding, unit, day (today unless told), remarks."""
    phrase = Phrase(text)
    analyte = phrase.take_name(ANALYTES)
    if analyte is None:
        raise phrase.fail("the name of an analyte")
    finding = next((one for one in Finding if phrase.take(one.value)), None)
    measured = None if finding is not None else _measured(phrase, analyte)
    result = LabResult(
        analyte=analyte,
        reference=f"lab-{position}",
        finding=finding,
        measured=measured,
        taken_on=phrase.take_when(today) or today,
        reported=text,
    )
    return _remarked(result, phrase, today)


def _measured(phrase: Phrase, analyte: Analyte) -> Measured:
    comparator = Comparator.EXACT
    for words, meaning in sorted(COMPARATORS.items(), key=lambda pair: -len(pair[0])):
        if phrase.take_mark(re.escape(words)):
            comparator = meaning
            break
    value = phrase.take_mark(NUMBER)
    if value is None:
        raise phrase.fail("a number, positive, equivocal or negative")
    return Measured(number(value.group(1)), _unit(phrase, analyte), comparator)


def _unit(phrase: Phrase, analyte: Analyte) -> str:
    if analyte is Analyte.B12:
        unit = phrase.take_name(B12_UNITS)
        if unit is None:
            raise phrase.fail(f"the unit of B12: {', '.join(B12_UNITS)}")
        return unit
    if analyte not in UNITS:
        raise phrase.fail(f"a finding in words for {analyte.value}")
    if UNITS[analyte]:
        phrase.take_mark(re.escape(UNITS[analyte]) + r"(?!\S)")
    return UNITS[analyte]


def _remarked(result: LabResult, phrase: Phrase, today: date) -> LabResult:
    while phrase.rest:
        limit = phrase.take_mark(rf"\[(upper|lower) limit {NUMBER}\]")
        coded = None if limit else phrase.take_mark(r"\[(code|specimen) (\S+)\]")
        flag = None if limit or coded else phrase.take_mark(rf"\[({'|'.join(FLAGS)})\]")
        if flag is not None:
            result = replace(result, **FLAGS[flag.group(1).lower()])  # type: ignore[arg-type]
        elif limit is not None and limit.group(1) == "upper":
            result = replace(result, upper_limit=number(limit.group(2)))
        elif limit is not None:
            result = replace(result, lower_limit=number(limit.group(2)))
        elif coded is not None and coded.group(1) == "code":
            result = replace(result, code=coded.group(2))
        elif coded is not None:
            result = replace(result, specimen=coded.group(2))
        else:
            raise phrase.fail("a day, or a remark in brackets")
    if result.taken_on is not None and result.taken_on > today:
        return replace(result, unusable=Unusable.FUTURE_DATE)
    return result


def read_condition(text: str, position: int, today: date) -> Condition:
    """A condition: its name, (historical), the extent in cm, since when."""
    phrase = Phrase(text)
    concepts = phrase.take_name(CONDITIONS)
    if concepts is None:
        raise phrase.fail("the name of a condition")
    condition = Condition(concepts, f"condition-{position}")
    while phrase.rest:
        if phrase.take_mark(r"\(historical\)"):
            condition = replace(condition, state=ClinicalState.HISTORICAL)
        elif extent := phrase.take(rf"{NUMBER} cm"):
            condition = replace(condition, extent_cm=number(extent.group(1)))
        elif onset := phrase.take_when(today):
            condition = replace(condition, onset=onset)
        else:
            raise phrase.fail("(historical), an extent in cm or a day")
    return condition


def read_procedure(text: str, position: int, today: date) -> Procedure:
    """A procedure: its name, the length in cm, when."""
    phrase = Phrase(text)
    operation = phrase.take_name(OPERATIONS)
    if operation is None:
        raise phrase.fail("the name of a procedure")
    procedure = Procedure(frozenset({operation}), f"procedure-{position}")
    while phrase.rest:
        if length := phrase.take(rf"{NUMBER} cm"):
            procedure = replace(procedure, length_cm=number(length.group(1)))
        elif done := phrase.take_when(today):
            procedure = replace(procedure, performed_on=done)
        else:
            raise phrase.fail("a length in cm or a day")
    return procedure


def read_allergy(text: str, position: int) -> Allergy:
    """An allergy: a drug or one of the other allergens."""
    phrase = Phrase(text)
    allergen = phrase.take_name(ALLERGENS)
    if allergen is None or phrase.rest:
        raise phrase.fail("one allergen")
    reference = f"allergy-{position}"
    if isinstance(allergen, Allergen):
        return Allergy(reference, text, allergens=frozenset({allergen}))
    return Allergy(reference, text, substances=frozenset({Substance(allergen)}))


# --- the orders -----------------------------------------------------------------------------


def read_orders(texts: list[str] | tuple[str, ...], today: date) -> DraftSet:
    """The draft set; medication orders are draft-1, draft-2 and so on unless they name an id."""
    orders: list[Order] = []
    tests: set[Analyte] = set()
    selected: set[str] = set()
    review = False
    for text in texts:
        phrase = Phrase(text)
        if phrase.take_mark("review planned$"):
            review = True
        elif phrase.take_mark("tests?:"):
            tests.update(_tests(phrase))
        elif phrase.take_mark("selected:"):
            selected.update(phrase.rest.replace(",", " ").split())
        else:
            draft = read_order(text, f"draft-{len(orders) + 1}", today, OrderStatus.DRAFT)
            orders.append(replace(draft, authored_on=draft.authored_on or today))
    return DraftSet(
        orders=tuple(orders),
        selected=frozenset(selected) if selected else None,
        tests=frozenset(tests),
        review_planned=review,
    )


def _tests(phrase: Phrase) -> list[Analyte]:
    found = []
    while phrase.rest:
        analyte = phrase.take_name(ANALYTES)
        if analyte is None:
            raise phrase.fail("the name of an analyte")
        found.append(analyte)
    return found
