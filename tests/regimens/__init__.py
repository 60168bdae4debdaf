"""Tests of the clinical domain: what a written case cannot say."""
