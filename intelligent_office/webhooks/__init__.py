"""Webhooks: other systems are told what becomes of a task, signed as the Standard Webhooks specification has it."""
