"""A normal total B12 that the assay may have got wrong."""

from __future__ import annotations

from regimens.advice import B12Status
from regimens.case import Case, Source
from regimens.checks.evidence.nitrous_oxide_functional_deficiency import replaced
from regimens.concepts import Concept
from regimens.facts import Analyte
from regimens.modifiers import CauseKind, quoted
from regimens.proposing import order_tests, task
from regimens.verdict import Input, Outcome, Verdict, not_applicable


def check(case: Case) -> Verdict:
    """Doubt a B12 above the upper cut point when antibodies or MMA, and signs, speak against it.

    Macrocytosis is coded, or MCV above 100 fL (100 itself is silent). Not on treatment.

    CITES: darnige-2023, wainwright-2015, seed-000.
    """
    if case.on_b12:
        return not_applicable("B12 is given")
    instead = replaced(case)
    if instead is not None:
        return instead
    result = case.chemistry.b12
    if result is None or case.chemistry.class_of(result) is not B12Status.UNLIKELY:
        return case.otherwise("B12 does not lie above the upper cut point", Source.LABS)
    autoimmune = [cause for cause in case.causes if cause.kind is CauseKind.AUTOIMMUNE]
    metabolite = case.chemistry.mma if _mma_confirms(case) else None
    signs = _signs(case)
    if not (autoimmune or metabolite) or not signs:
        needed = (Source.LABS, Source.CONDITIONS)
        return case.otherwise("nothing speaks against the normal result", *needed)
    liver = case.active(Concept.LIVER_DISEASE, Concept.MYELOPROLIFERATIVE_DISEASE)
    return Verdict(
        Outcome.FIRED,
        "antibodies or MMA, and signs, speak against a normal B12",
        inputs=(
            Input.of(result),
            *(cause.evidence for cause in autoimmune),
            *((Input.of(metabolite),) if metabolite else ()),
            *signs,
        ),
        notes=("raised-b12-other-cause",) if liver else (),
        proposals=(
            order_tests("order-holotc-mma", Analyte.MMA, Analyte.HOLOTC),
            task("alternate-assay", "alternate-assay"),
        ),
    )


def _mma_confirms(case: Case) -> bool:
    return case.chemistry.mma_raised and case.chemistry.kidneys_confirm


def _signs(case: Case) -> tuple[Input, ...]:
    coded = (*case.neuro.active, *case.active(Concept.MACROCYTOSIS))
    mcv = case.current(Analyte.MCV)
    above = case.policy.blood.macrocytosis_above
    large = mcv is not None and mcv.measured is not None and mcv.measured.surely_above(above)
    quoted_mcv = (Input.of(mcv),) if large and mcv is not None else ()
    return (*(quoted(condition) for condition in coded), *quoted_mcv)
