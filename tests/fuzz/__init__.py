"""Inputs that nobody would think of, by the thousand: random, described, and led by coverage."""
