"""Sets of exemptions that several rules share (decisions, section 3)."""

from __future__ import annotations

from regimens.case import Exemption

# Interval and course rules do not judge any of the special indications.
EVERY_SPECIAL_USE = (
    Exemption.ANTIDOTE,
    Exemption.METABOLIC,
    Exemption.PREMEDICATION,
    Exemption.LEBER,
)
