"""The regimen that fits a patient: clinical.md 4c with its order of precedence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from regimens.advice import B12Status, Option, Recommendation, Step
from regimens.case import Case, Source
from regimens.concepts import Concept
from regimens.facts import Analyte
from regimens.knowledge.schema import Regimen
from regimens.modifiers import CauseKind
from regimens.orders import BY_MOUTH_OR_NOSE, Route
from regimens.proposals import CreateOrder, PlannedOrder, Proposal
from regimens.proposing import regimen_orders
from regimens.schedule import Plan, calendar
from regimens.substances import Substance
from regimens.verdict import Finding, Withheld

STOP_NITROUS_OXIDE = "stop-nitrous-oxide"
METHYLCOBALAMIN_OPTION = "methylcobalamin-oral"


def recommend(case: Case) -> Recommendation | None:
    """The regimen for a patient who needs one, with alternatives in the order they are offered.

    None for a child, a patient already treated, and a patient whose B12 is neither deficient nor,
    with neurological involvement, indeterminate. Nitrous oxide behind a level that is not low
    comes first, then neurological involvement, irreversible causes, diet and drugs.

    CITES: clinical.md 4c; ng239, bnf-hydroxocobalamin, stabler-2013.
    """
    if case.child or case.on_b12 or not case.facts.known:
        return None
    chosen = treatment(case)
    if chosen is None:
        return None
    name, why = chosen
    return _recommendation(case, name, why)


def treatment(case: Case) -> tuple[str, str] | None:
    """The formulary's regimen for a deficiency, and why this one."""
    deficient = case.status is B12Status.DEFICIENT
    involved = bool(case.neuro.active)
    if not deficient and not (case.status is B12Status.INDETERMINATE and involved):
        return None
    if case.nitrous_oxide and not _low_b12(case):
        return "nitrous-oxide", "nitrous oxide has made B12 useless; its level reads normal"
    if involved:
        return "deficient-neuro", "neurological involvement outranks the cause"
    if case.neuro.minor:
        return "deficient-neuro", "tongue symptoms are treated as neurological"
    if case.irreversible:
        return "deficient-irreversible", f"an irreversible cause ({case.irreversible[0].name})"
    if case.unread(Source.CONDITIONS, Source.PROCEDURES):
        return "deficient", "a cause that hinders uptake could not be ruled out"
    if case.dietary:
        return "deficient-dietary", "the diet is the only cause on record"
    if _drug_alone(case):
        return "deficient-drug-induced", "a drug is the only cause on record"
    return "deficient", "no cause that changes the regimen is on record"


def prophylaxis(case: Case) -> tuple[str, str] | None:
    """The formulary's prophylactic regimen for what was done to the gut, and why this one."""
    kinds = {cause.kind for cause in case.causes if cause.prophylactic}
    bariatric = kinds & {CauseKind.BYPASS, CauseKind.RESTRICTIVE}
    if bariatric and case.pregnant:
        return "pregnant-bariatric", "pregnant after bariatric surgery"
    if CauseKind.ILEAL in kinds:
        return "prophylaxis-ileal", "long ileal resection or extensive ileal disease"
    if CauseKind.GASTRECTOMY in kinds:
        return "prophylaxis-gastrectomy", "gastrectomy"
    if CauseKind.BYPASS in kinds:
        return "prophylaxis-bypass", "gastric bypass or biliopancreatic diversion"
    if CauseKind.RESTRICTIVE in kinds:
        return "prophylaxis-sleeve", "bariatric surgery"
    return None


def _low_b12(case: Case) -> bool:
    b12 = case.chemistry.b12
    return b12 is not None and case.chemistry.class_of(b12) is B12Status.DEFICIENT


def _drug_alone(case: Case) -> bool:
    """True when a drug that lowers B12 is taken and no other cause is on record."""
    return not case.causes and case.takes(*LOWERING)


LOWERING = (
    Substance.METFORMIN,
    Substance.PROTON_PUMP_INHIBITOR,
    Substance.H2_ANTAGONIST,
    Substance.COLCHICINE,
    Substance.PREGABALIN,
    Substance.TOPIRAMATE,
    Substance.PHENOBARBITAL,
    Substance.PRIMIDONE,
)


OVERRIDE_NEEDED = "override-needed"
RENAL = "cyanocobalamin-renal-impairment"
SUPPLY_UNCERTAIN = "supply-uncertain"


def offered(case: Case, recommendation: Recommendation, spoken: Finding) -> Recommendation:
    """The recommendation without the options whose proposals were withheld.

    An option that needs an override for the kidneys stays as words where nothing else speaks
    against it. Where no proposal is left there is no option and no calendar.
    """
    if not spoken.verdict.proposals:
        return replace(recommendation, options=(), calendar=())
    barred = {_created(each.proposal) for each in spoken.held if not _overridable(each)}
    overridden = {_created(each.proposal) for each in spoken.held if _overridable(each)}
    options = tuple(
        option
        for option in recommendation.options
        if option.orders not in barred
        and (option.orders not in overridden or OVERRIDE_NEEDED in option.notes)
    )
    return replace(
        recommendation,
        options=options,
        calendar=_dated(case, options[0], recommendation.monitoring) if options else (),
    )


def _overridable(held: Withheld) -> bool:
    return all(concern.rule == RENAL for concern in held.concerns)


def _created(proposal: Proposal) -> tuple[PlannedOrder, ...]:
    return tuple(change.order for change in proposal.changes if isinstance(change, CreateOrder))


def _dated(case: Case, option: Option, monitoring: Sequence[str]) -> tuple[Step, ...]:
    plan = Plan(
        start=case.today,
        policy=case.policy,
        potassium=case.potassium_at_risk,
        next_weekday=case.formulary.weekend == "next_weekday",
    )
    return calendar(option.orders, monitoring, plan)


def _recommendation(case: Case, name: str, why: str) -> Recommendation:
    regimen = case.formulary.regimen[name]
    options = options_for(case, name)
    monitoring = [*_before_treatment(case, regimen), *regimen.monitoring]
    if case.kidney_impaired:
        monitoring.append("kidney")
    if case.below(Analyte.PLATELETS, case.policy.platelets.high_risk_below):
        monitoring.append("platelets")
    return Recommendation(
        regimen=name,
        why=why,
        options=options,
        monitoring=tuple(monitoring),
        calendar=_dated(case, options[0], monitoring),
    )


def _before_treatment(case: Case, regimen: Regimen) -> tuple[str, ...]:
    """What comes first: MMA where B12 does not settle it, and the end of nitrous oxide (4c)."""
    wanted = {
        "mma-first": case.status is B12Status.INDETERMINATE
        and case.current(Analyte.MMA) is None
        and Analyte.MMA not in case.drafts.tests,
        STOP_NITROUS_OXIDE: case.nitrous_oxide and STOP_NITROUS_OXIDE not in regimen.monitoring,
    }
    return tuple(key for key, applies in wanted.items() if applies)


def options_for(case: Case, name: str) -> tuple[Option, ...]:
    """A regimen and its alternatives as orders for this patient, first choice first.

    With impaired kidneys and a formulary that injects cyanocobalamin: hydroxocobalamin, then
    methylcobalamin by mouth, then cyanocobalamin, for which the clinician gives a reason (C34). A
    formulary that injects hydroxocobalamin offers it before what is swallowed, whatever the cause.
    """
    names = (name, *case.formulary.regimen[name].alternatives)
    options = [_option(case, each, case.formulary.regimen[each]) for each in names]
    if not case.kidney_impaired:
        return tuple(options)
    if _injects_cyanocobalamin(case):
        return (*options, *_renal_alternatives(case, name))
    return tuple(sorted(options, key=_swallowed))


def _swallowed(option: Option) -> bool:
    return option.orders[0].route in BY_MOUTH_OR_NOSE


def _option(case: Case, name: str, regimen: Regimen) -> Option:
    orders = regimen_orders(case, regimen)
    notes = (SUPPLY_UNCERTAIN,) if _short(case, orders) else ()
    return Option(regimen=name, orders=orders, lifelong=regimen.lifelong, notes=notes)


def _short(case: Case, orders: tuple[PlannedOrder, ...]) -> bool:
    """True for hydroxocobalamin where a shortage is on record: C34 shows it with that flag."""
    shortage = case.formulary.hydroxocobalamin_shortage
    if shortage is None or not shortage.in_shortage:
        return False
    products = case.knowledge.products
    return any(products[each.product].substance is Substance.HYDROXOCOBALAMIN for each in orders)


def _injects_cyanocobalamin(case: Case) -> bool:
    product = case.knowledge.products[case.formulary.injectable]
    leber = case.active(Concept.LEBER_OPTIC_ATROPHY)
    return product.substance is Substance.CYANOCOBALAMIN and not leber


def _renal_alternatives(case: Case, name: str) -> list[Option]:
    regimen = case.formulary.regimen[name]
    if all(phase.route is Route.ORAL for phase in regimen.phases):
        return []
    oral = case.formulary.regimen["deficient-drug-induced"]
    by_mouth = Option(METHYLCOBALAMIN_OPTION, regimen_orders(case, oral), regimen.lifelong)
    same = regimen_orders(case, regimen, injectable=case.formulary.injectable)
    return [by_mouth, Option(name, same, regimen.lifelong, notes=(OVERRIDE_NEEDED,))]
