"""Cases a clinician can read, in a small language of their own, and the tests that run them."""
