"""What the ordinary rules would say if one fact were different."""

from __future__ import annotations

from regimens.case import Case
from regimens.verdict import Verdict

Fingerprint = frozenset[tuple[str, str, str]]


def fingerprint(case: Case) -> Fingerprint:
    """The status and every rule that speaks, with what it says; later stages left out."""
    verdicts = _ordinary(case)
    spoken = {
        (rule, str(verdict.indicator), str(verdict.variant))
        for rule, verdict in verdicts.items()
        if verdict.fired
    }
    return frozenset({("status", case.status.value, case.biochemistry.value), *spoken})


def _ordinary(case: Case) -> dict[str, Verdict]:
    # The rules that ask "what if" are among the rules: they are found when asked, not at import.
    from regimens.checks import CHECKS

    return {
        check.rule: check.examine(case)
        for check in CHECKS
        if check.stage == 0
        and case.moment in check.moments
        and (check.for_children or not case.child)
    }
