"""Tests of b12-cds: cases for clinical rules, Python for everything else."""
