"""Files that people write in TOML: reading them, and saying on which line something is wrong."""
