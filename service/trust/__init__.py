"""Who calls: tokens, keys, replay, and the one door through which every caller comes."""
