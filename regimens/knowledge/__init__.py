"""What the rules know, as data: values, regimens, sources; read, checked and frozen."""
