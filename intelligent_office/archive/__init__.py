"""The memory of plans and feedback: rows in PostgreSQL, searched by meaning through an embedded Chroma index."""
