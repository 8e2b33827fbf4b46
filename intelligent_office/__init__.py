"""The Intelligent Office: everything behind the roles, under the one import name nobody else has."""
