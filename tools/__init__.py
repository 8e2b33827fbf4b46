"""The tools, one a file: each a thin door to a service, with the policy it is called under beside it."""
