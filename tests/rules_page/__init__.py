"""docs/rules.md: every rule for a reader who does not read code, made from knowledge and cases."""
