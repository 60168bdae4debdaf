"""All rules, in the order in which they are considered and shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from regimens.advice import Moment
from regimens.case import Case
from regimens.checks.allergy import b12_allergy, cobalt_allergy_caution
from regimens.checks.course import (
    b12_regimen,
    biomarker_titration,
    child_out_of_scope,
    lifelong_maintenance_missing,
    loading_missing,
    prophylaxis_missing,
    stop_lifelong_b12,
)
from regimens.checks.dose import b12_dose, oral_b12_dose_too_low
from regimens.checks.evidence import (
    b12_false_normal_possible,
    b12_level_not_trough,
    conflicting_labs,
    drug_induced_b12_risk,
    lab_unit_implausible,
    nitrous_oxide_functional_deficiency,
    renal_metabolite_confounding,
    stale_labs,
    treatment_without_evidence,
)
from regimens.checks.folate import folic_acid
from regimens.checks.monitoring import (
    baseline_labs_missing,
    hypokalaemia_before_b12,
    monitoring_due,
    potassium_check_needed,
    pregnancy_bariatric_monitoring,
    response,
)
from regimens.checks.product import (
    cyanocobalamin_leber,
    cyanocobalamin_renal_impairment,
    duplicate_b12_therapy,
    hydroxocobalamin,
    medication_text_match,
    renal_function_unknown,
)
from regimens.checks.route import (
    b12_iv_route,
    gluteal_injection_site,
    im_anticoagulant_caution,
    im_platelets,
    oral_b12,
)
from regimens.checks.timing import (
    high_frequency_without_review,
    maintenance_interval,
    neuro_loading_inadequate,
    timing_ambiguous,
)
from regimens.verdict import Verdict

ORDERING = frozenset({Moment.SELECTING, Moment.SIGNING})
OPENING = frozenset({Moment.OPENING})
SIGNING = frozenset({Moment.SIGNING})
ALWAYS = frozenset(Moment)
OPENING_AND_SIGNING = OPENING | SIGNING


@dataclass(frozen=True, slots=True)
class Check:
    """One rule: its id, its function, when it speaks, and whether it speaks for children.

    Checks run in stages: each sees what the stages before have said and proposed.
    """

    rule: str
    examine: Callable[[Case], Verdict]
    moments: frozenset[Moment] = ORDERING
    for_children: bool = False
    stage: int = 0


CHECKS: tuple[Check, ...] = (
    # Tier A, in the order of clinical.md 4d.
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
    Check("high-frequency-without-review", high_frequency_without_review.check),
    Check("timing-ambiguous", timing_ambiguous.check),
    Check("duplicate-b12-therapy", duplicate_b12_therapy.check),
    Check("stop-lifelong-b12", stop_lifelong_b12.check),
    Check("baseline-labs-missing", baseline_labs_missing.check, SIGNING),
    Check("monitoring-due", monitoring_due.check, OPENING_AND_SIGNING),
    Check("potassium-check-needed", potassium_check_needed.check, SIGNING),
    Check("stale-labs", stale_labs.check, stage=1),
    Check("conflicting-labs", conflicting_labs.check),
    Check("treatment-without-evidence", treatment_without_evidence.check),
    Check("b12-allergy", b12_allergy.check, for_children=True),
    Check("cyanocobalamin-leber", cyanocobalamin_leber.check, for_children=True),
    Check("biomarker-titration", biomarker_titration.check),
    Check("gluteal-injection-site", gluteal_injection_site.check, for_children=True),
    Check("child-out-of-scope", child_out_of_scope.check, for_children=True),
    # Tier B.
    Check("im-anticoagulant-caution", im_anticoagulant_caution.check, for_children=True),
    Check("cobalt-allergy-caution", cobalt_allergy_caution.check, for_children=True),
    Check("hypokalaemia-before-b12", hypokalaemia_before_b12.check),
    Check("renal-metabolite-confounding", renal_metabolite_confounding.check, ALWAYS),
    Check("b12-false-normal-possible", b12_false_normal_possible.check),
    Check("nitrous-oxide-functional-deficiency", nitrous_oxide_functional_deficiency.check, ALWAYS),
    Check("prophylaxis-missing", prophylaxis_missing.check, OPENING),
    Check("pregnancy-bariatric-monitoring", pregnancy_bariatric_monitoring.check, OPENING),
    Check("b12-level-not-trough", b12_level_not_trough.check, ALWAYS),
    Check("hydroxocobalamin-availability", hydroxocobalamin.check_availability, stage=2),
    Check("hydroxocobalamin-preferred", hydroxocobalamin.check_preferred),
    Check("oral-b12-dose-too-low", oral_b12_dose_too_low.check),
    Check("lifelong-maintenance-missing", lifelong_maintenance_missing.check, SIGNING),
    Check("inadequate-haematologic-response", response.check_inadequate, OPENING_AND_SIGNING),
    Check("drug-induced-b12-risk", drug_induced_b12_risk.check),
    Check("medication-text-match", medication_text_match.check, for_children=True, stage=1),
    Check("early-response-monitoring-due", response.check_early_due, OPENING_AND_SIGNING),
    Check("lab-unit-implausible", lab_unit_implausible.check, ALWAYS, for_children=True),
    # The recommendation itself.
    Check("b12-regimen", b12_regimen.check, OPENING | ORDERING, stage=1),
)
