"""The protocol: requests, cards, discovery, prefetch tokens and wording."""
