"""What is kept beyond a call: the cards that were issued, what became of them, what was shown."""
