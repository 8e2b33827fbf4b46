"""The HTTP door: one router a resource; it translates between requests and the office, and decides nothing."""
