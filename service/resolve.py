"""Puts a call's data together: what was sent along first, then what only the FHIR server has."""

from __future__ import annotations
