"""Texts as vectors: made in this process, or by a model at a provider."""
