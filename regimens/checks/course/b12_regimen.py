"""The regimen that fits, when nothing on order does."""

from __future__ import annotations

from regimens.advice import Moment, Option
from regimens.case import Case, Source
from regimens.exposure import usual_dose
from regimens.orders import BY_MOUTH_OR_NOSE, INJECTED, Order, Phase, phases_of
from regimens.proposals import Proposal
from regimens.proposing import option_changes, replacing
from regimens.recommend import recommend
from regimens.verdict import Outcome, Verdict, not_applicable, silent

# Rules that already say what the drafts lack; the recommendation then keeps quiet.
SAYS_SO = frozenset(
    {
        "b12-dose-unit-error",
        "b12-dose-outside-usual-range",
        "b12-iv-route",
        "folic-acid-before-b12",
        "oral-b12-malabsorption",
        "oral-b12-neuro",
        "oral-b12-dose-too-low",
        "loading-missing",
        "neuro-loading-inadequate",
        "timing-ambiguous",
        "stop-lifelong-b12",
        "cyanocobalamin-leber",
        "cyanocobalamin-renal-impairment",
        "b12-allergy",
    }
)


def check(case: Case) -> Verdict:
    """Recommend a regimen for an untreated deficiency.

    When a chart is opened, for a deficient patient, or an indeterminate one with neurological
    involvement. When orders are chosen or signed, only if the drafts match no regimen that the
    formulary allows and no other rule has said so: the regimen then takes their place. Rests on
    absence of treatment.

    CITES: ng239, bnf-hydroxocobalamin, seed-002, seed-003.
    """
    recommendation = recommend(case)
    if recommendation is None:
        return not_applicable("no untreated deficiency that calls for a regimen")
    if case.moment is not Moment.OPENING:
        if case.spoken & SAYS_SO:
            return silent("another rule says what the drafts lack")
        if not case.cobalamin_drafts or _matches(case):
            return silent("the drafts match a regimen of the formulary")
    if case.unread(Source.MEDICATIONS):
        return case.otherwise("", Source.MEDICATIONS)
    return Verdict(
        Outcome.FIRED,
        recommendation.why,
        orders=tuple(order.reference for order in case.cobalamin_drafts),
        variant=None if case.moment is Moment.OPENING else "ordered",
        values={"why": recommendation.why, "regimen": recommendation.regimen},
        inputs=case.assessment.inputs,
        missing=case.unread(Source.CONDITIONS, Source.PROCEDURES),
        proposals=tuple(
            _proposal(case, option, first=index == 0)
            for index, option in enumerate(recommendation.options)
        ),
    )


def _proposal(case: Case, option: Option, *, first: bool) -> Proposal:
    changes = option_changes(case, option.orders)
    if case.moment is Moment.OPENING:
        return Proposal("start-regimen", changes, recommended=first)
    course = Proposal("replace-with-regimen", changes, recommended=first)
    return replacing(case.cobalamin_drafts, course)


def _matches(case: Case) -> bool:
    return any(_fits(case, order, phase) for order, phase in phases_of(case.cobalamin_drafts))


def _fits(case: Case, order: Order, phase: Phase) -> bool:
    """True when a phase is one that some regimen of this formulary allows for this patient."""
    dose, route = usual_dose(order, phase), order.route_of(phase)
    if route in INJECTED:
        accepted = order.cobalamin in case.formulary.injectables_accepted
        enough = dose is None or dose >= case.formulary.loading_dose_from_micrograms
        interval = phase.timing.interval_days
        sparse = interval is not None and interval > case.policy.interval_days.neuro_loading_to
        loads = case.loads(order, phase)
        too_sparse = bool(case.neuro.active) and loads and sparse
        return accepted and enough and not too_sparse
    if route in BY_MOUTH_OR_NOSE:
        return not case.neuro.active and not case.irreversible
    return False
