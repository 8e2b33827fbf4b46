"""The roles of the office, one a module; the node of a role has the name of its module."""
