"""The drugs the rules know, as domain names; codes become these at the door."""

from __future__ import annotations

from enum import StrEnum


class Substance(StrEnum):
    """An active ingredient, or a class of drugs where the rules need no finer distinction."""

    CYANOCOBALAMIN = "cyanocobalamin"
    HYDROXOCOBALAMIN = "hydroxocobalamin"
    MECOBALAMIN = "methylcobalamin"
    COBAMAMIDE = "cobamamide"
    COBALAMIN = "vitamin B12"  # which cobalamin is not stated
    FOLIC_ACID = "folic acid"
    METFORMIN = "metformin"
    PROTON_PUMP_INHIBITOR = "proton pump inhibitor"
    H2_ANTAGONIST = "H2 receptor antagonist"
    COLCHICINE = "colchicine"
    PREGABALIN = "pregabalin"
    TOPIRAMATE = "topiramate"
    PHENOBARBITAL = "phenobarbital"
    PRIMIDONE = "primidone"
    NITROUS_OXIDE = "nitrous oxide"
    METHOTREXATE = "methotrexate"
    PEMETREXED = "pemetrexed"
    PRALATREXATE = "pralatrexate"
    ANTIFOLATE = "antifolate"  # trimetrexate, pyrimethamine and the like
    VITAMIN_K_ANTAGONIST = "vitamin K antagonist"
    DIRECT_ORAL_ANTICOAGULANT = "direct oral anticoagulant"
    HEPARIN = "heparin"
    POTASSIUM = "potassium"


COBALAMINS = frozenset(
    {
        Substance.CYANOCOBALAMIN,
        Substance.HYDROXOCOBALAMIN,
        Substance.MECOBALAMIN,
        Substance.COBAMAMIDE,
        Substance.COBALAMIN,
    }
)

ANTIFOLATES = frozenset(
    {Substance.METHOTREXATE, Substance.PEMETREXED, Substance.PRALATREXATE, Substance.ANTIFOLATE}
)

# Antifolates whose licence asks for B12 every nine weeks (C41).
PREMEDICATED_ANTIFOLATES = frozenset({Substance.PEMETREXED, Substance.PRALATREXATE})

ANTICOAGULANTS = frozenset(
    {
        Substance.VITAMIN_K_ANTAGONIST,
        Substance.DIRECT_ORAL_ANTICOAGULANT,
        Substance.HEPARIN,
    }
)
