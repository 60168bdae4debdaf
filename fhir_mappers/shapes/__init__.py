"""The elements we read, in R4 shape.

Elements of other FHIR versions stand beside those of R4 under their own names: DSTU2 and STU3
dosage, DSTU2 dates and reasons, R5 medication and reason references. `versions` moves what they
hold to the places of R4, so that readers look nowhere else.
"""
