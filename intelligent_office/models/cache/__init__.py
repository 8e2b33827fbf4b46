"""What models have answered before: kept for a while, so that the same question is not paid for twice."""
