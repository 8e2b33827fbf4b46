"""The tools as the office sees them: policies, registry, invocation with ledger and audit, artifacts."""
