"""What cards say: TOML files by topic, and the code that reads and fills them."""
