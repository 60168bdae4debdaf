"""Every key under which the rules ask for words, so that whoever writes words knows all of them.

The keys of monitoring stand in the formularies, those of rules and override reasons in the rules.
"""

from __future__ import annotations

# Labels of proposals.
PROPOSALS = frozenset(
    {
        "add-loading",
        "add-maintenance",
        "add-observation-note",
        "add-prophylaxis",
        "add-technique-note",
        "allergy-advice",
        "alternate-assay",
        "book-symptom-review",
        "change-interval",
        "correct-potassium",
        "delay-folic-acid",
        "delay-folic-acid-to-b12",
        "drop-draft",
        "drop-other-draft",
        "haematology-advice",
        "hold-folic-acid",
        "keep-order",
        "loading-alternate-days",
        "medication-review",
        "oral-1000-daily",
        "oral-bridge",
        "order-b12",
        "order-folate-ferritin",
        "order-holotc",
        "order-holotc-mma",
        "order-kidney-function",
        "order-metabolites",
        "order-missing-labs",
        "order-monitoring",
        "order-potassium",
        "order-response",
        "order-second-line",
        "paediatric-guidance",
        "plan-review",
        "record-symptom-review",
        "remove-folic-acid",
        "repeat-before-next-dose",
        "repeat-potassium",
        "repeat-tests",
        "replace-hydroxocobalamin",
        "replace-hydroxocobalamin-course",
        "replace-methylcobalamin-oral",
        "replace-with-injections",
        "replace-with-maintenance",
        "replace-with-regimen",
        "review-diagnosis",
        "route-deep-sc",
        "route-im",
        "route-sc",
        "set-usual-dose",
        "site-deltoid",
        "site-vastus-lateralis",
        "start-b12-today",
        "start-regimen",
        "start-without-waiting",
        "stop-nitrous-oxide",
        "stop-other",
        "switch-cobalamin",
        "timing-every-two-months",
        "timing-every-two-weeks",
        "timing-twice-monthly",
        "timing-twice-weekly",
        "urgent-advice",
    }
)

# Extra sentences on cards, and notes on orders.
NOTES = frozenset(
    {
        "allergy-advice-first",
        "anticoagulant-technique",
        "cobalt-observation",
        "keep-pregnancy-folate",
        "kidney",
        "length-not-recorded",
        "level-optional",
        "low-platelet-technique",
        "medications-unread",
        "mma-first",
        "monitor-level",
        "override-needed",
        "platelets",
        "raised-b12-other-cause",
        "route-assumed-im",
        "stop-nitrous-oxide",
        "strength-not-known",
        "supply-uncertain",
    }
)

# What a person is asked to do.
TASKS = frozenset(
    {
        "allergy-advice",
        "alternate-assay",
        "correct-potassium",
        "haematology-advice",
        "medication-review",
        "neurology-advice",
        "paediatric-guidance",
        "repeat-b12",
        "review-diagnosis",
        "review-frequency",
        "stop-nitrous-oxide",
        "stop-other-product",
        "symptom-review",
    }
)

# Other wordings of a rule, as "rule/variant".
VARIANTS = frozenset(
    {
        "b12-allergy/no-other",
        "b12-regimen/nothing-offered",
        "b12-regimen/ordered",
        "cyanocobalamin-renal-impairment/clearance",
        "cyanocobalamin-renal-impairment/coded",
        "folic-acid-before-b12/b12-later",
        "folic-acid-b12-not-yet-replete/after-loading",
        "folic-acid-b12-not-yet-replete/no-loading",
        "folic-acid-b12-not-yet-replete/one-product",
        "folic-acid-b12-status-unknown/indeterminate",
        "hydroxocobalamin-availability/check-supply",
        "lab-unit-implausible/unknown-unit",
        "loading-missing/by-vein",
        "medication-text-match/unknown-code",
        "renal-function-unknown/never",
        "timing-ambiguous/month",
        "timing-ambiguous/unclear",
        "treatment-without-evidence/unknown",
    }
)
