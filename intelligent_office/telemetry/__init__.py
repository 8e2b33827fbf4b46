"""Logs and the scope of the current task; configured once per door."""
