"""Logs, traces, what they must not show, and the scope of the current task; configured once per door."""
