"""Who may come in: tenants, their keys, and what a key opens."""
