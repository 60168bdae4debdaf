"""Surgery that takes B12 uptake away, and no B12 on record."""

from __future__ import annotations

from regimens.case import Case, Source
from regimens.concepts import Operation
from regimens.modifiers import CauseKind
from regimens.proposing import add_regimen
from regimens.recommend import prophylaxis
from regimens.verdict import Outcome, Verdict, silent

# A sleeve counts, a band or surgery of unknown kind does not; partial gastrectomy neither.
NAMED = frozenset(
    {
        Operation.GASTRIC_BYPASS.value,
        Operation.ONE_ANASTOMOSIS_BYPASS.value,
        Operation.BILIOPANCREATIC_DIVERSION.value,
        Operation.SLEEVE_GASTRECTOMY.value,
        Operation.TOTAL_GASTRECTOMY.value,
    }
)


def check(case: Case) -> Verdict:
    """Suggest prophylaxis when a chart is opened: it is for life after these operations.

    Bypass, diversion, sleeve, total gastrectomy, or more than 20 cm of ileum removed. Rests on
    absence: the medication list must have been read.

    CITES: asmbs-2016, afp-2017, seed-002.
    """
    causes = [cause for cause in case.causes if cause.name in NAMED]
    causes += [
        c for c in case.causes if c.kind is CauseKind.ILEAL and c.evidence.name == "procedure"
    ]
    chosen = prophylaxis(case)
    if not causes or chosen is None:
        return case.otherwise("no such operation is recorded", Source.PROCEDURES)
    if case.on_b12:
        return silent("B12 is given")
    if case.unread(Source.MEDICATIONS):
        return case.otherwise("", Source.MEDICATIONS)
    regimen, _ = chosen
    offered = (regimen, *case.formulary.regimen[regimen].alternatives)
    return Verdict(
        Outcome.FIRED,
        "an operation that asks for B12 prophylaxis, and none is on record",
        values={"procedure": causes[0].name[:1].upper() + causes[0].name[1:]},
        inputs=tuple(cause.evidence for cause in causes),
        proposals=tuple(
            add_regimen(case, "add-prophylaxis", name, recommended=name == regimen)
            for name in offered
        ),
    )
