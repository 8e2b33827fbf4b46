"""Runs code that nobody trusts: one Protocol, several back ends, nothing unprotected. Knows no graph and no tool."""
