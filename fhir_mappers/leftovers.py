"""What an edit makes untrue elsewhere in a received order, and takes away with it."""

from __future__ import annotations

from typing import Any

from regimens.proposals import UpdateOrder

_SPOKEN = ("patientInstruction", "additionalInstruction")
_LIMITS = ("maxDosePerPeriod", "maxDosePerAdministration", "maxDosePerLifetime")
_RATES = frozenset({"rateQuantity", "rateRange", "rateRatio"})


def take_off_words(dosage: dict[str, Any], change: UpdateOrder) -> bool:
    """Remove what tells the old dose, route, site, timing or product; True when anything was there.

    Words such as "inject slowly into muscle" may speak of any of them, so they go with each.
    """
    given = (change.product, change.micrograms, change.route, change.site)
    names: tuple[str, ...] = ()
    if any(one is not None for one in given):
        names = (*_SPOKEN, "method")
    elif change.timing is not None:
        names = _SPOKEN
    if _another_amount(change):
        names = (*names, *_LIMITS)
    removed = [_removed(dosage, name) for name in names]
    return any(removed)


def take_off_place(dosage: dict[str, Any]) -> None:
    """Remove the site and the rate of a route that is no longer taken."""
    _removed(dosage, "site")
    doses = dosage.get("doseAndRate")
    if not isinstance(doses, list):
        return
    kept = [
        {name: value for name, value in one.items() if name not in _RATES}
        for one in doses
        if isinstance(one, dict)
    ]
    _put_or_remove(dosage, "doseAndRate", [one for one in kept if one])


def take_off_supply(resource: dict[str, Any], change: UpdateOrder) -> None:
    """Remove how much to dispense when product or dose are others; repeats and validity stay."""
    dispense = resource.get("dispenseRequest")
    if not _another_amount(change) or not isinstance(dispense, dict):
        return
    _removed(dispense, "quantity")
    first = dispense.get("initialFill")
    if isinstance(first, dict):
        _removed(first, "quantity")
        _put_or_remove(dispense, "initialFill", first)
    _put_or_remove(resource, "dispenseRequest", dispense)


def _another_amount(change: UpdateOrder) -> bool:
    return change.product is not None or change.micrograms is not None


def _put_or_remove(element: dict[str, Any], name: str, value: object) -> None:
    if value:
        element[name] = value
    else:
        _removed(element, name)


def _removed(element: dict[str, Any], name: str) -> bool:
    """Remove a member and what FHIR says beside it about it; True when it was there."""
    element.pop(f"_{name}", None)
    return element.pop(name, None) is not None
