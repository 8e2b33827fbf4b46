"""The HTTP door, one router a resource."""
