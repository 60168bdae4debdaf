"""All rules, in the order in which they are considered and shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from regimens.advice import Moment
from regimens.case import Case
from regimens.checks.course import child_out_of_scope, loading_missing, stop_lifelong_b12
from regimens.checks.dose import b12_dose
from regimens.checks.folate import folic_acid
from regimens.checks.product import cyanocobalamin_renal_impairment, renal_function_unknown
from regimens.checks.route import b12_iv_route, im_platelets, oral_b12
from regimens.checks.timing import maintenance_interval, neuro_loading_inadequate
from regimens.verdict import Verdict

ORDERING = frozenset({Moment.SELECTING, Moment.SIGNING})
OPENING = frozenset({Moment.OPENING})
SIGNING = frozenset({Moment.SIGNING})


@dataclass(frozen=True, slots=True)
class Check:
    """One rule: its id, its function, when it speaks, and whether it speaks for children.

    A late check comes after the others and sees what they said.
    """

    rule: str
    examine: Callable[[Case], Verdict]
    moments: frozenset[Moment] = ORDERING
    for_children: bool = False
    late: bool = False


CHECKS: tuple[Check, ...] = (
    Check("cyanocobalamin-renal-impairment", cyanocobalamin_renal_impairment.check),
    Check("renal-function-unknown", renal_function_unknown.check),
    Check("b12-dose-unit-error", b12_dose.check_unit_error, for_children=True),
    Check("b12-dose-outside-usual-range", b12_dose.check_outside_usual_range, for_children=True),
    Check("b12-iv-route", b12_iv_route.check, for_children=True),
    Check("im-platelets-below-10", im_platelets.check_below_10, for_children=True),
    Check("im-platelets-10-to-24", im_platelets.check_10_to_24, for_children=True),
    Check("im-platelets-25-to-50", im_platelets.check_25_to_50, for_children=True),
    Check("folic-acid-before-b12", folic_acid.check_before_b12),
    Check("folic-acid-b12-status-unknown", folic_acid.check_status_unknown),
    Check("folic-acid-b12-not-yet-replete", folic_acid.check_not_yet_replete),
    Check("oral-b12-malabsorption", oral_b12.check_malabsorption),
    Check("oral-b12-neuro", oral_b12.check_neuro),
    Check("loading-missing", loading_missing.check, SIGNING),
    Check("neuro-loading-inadequate", neuro_loading_inadequate.check),
    Check("maintenance-interval-too-long-neuro", maintenance_interval.check_neuro),
    Check("maintenance-interval-too-long", maintenance_interval.check_cause_or_product),
    Check("stop-lifelong-b12", stop_lifelong_b12.check),
    Check("child-out-of-scope", child_out_of_scope.check, for_children=True),
)
