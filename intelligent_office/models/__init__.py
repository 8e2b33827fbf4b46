"""One door to every model: `ask(role, Schema, **values)`."""
