"""One patient and one draft set, as every rule sees them: a case, in layers."""

from regimens.case.case import Case, Exemption
from regimens.case.record import Source
from regimens.case.results import ADVANCED_KIDNEY_DISEASE

__all__ = ["ADVANCED_KIDNEY_DISEASE", "Case", "Exemption", "Source"]
