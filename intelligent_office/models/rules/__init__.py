"""The offline model: English read by tables of patterns, for offices without any other model."""
