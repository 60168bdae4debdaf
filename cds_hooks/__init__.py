"""The CDS Hooks protocol: requests, cards, discovery, prefetch, feedback and wording."""
