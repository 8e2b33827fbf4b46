"""What a call cost, by the published prices that come with the installation."""

from dataclasses import dataclass

from intelligent_office.models.candidates import Candidate


@dataclass(frozen=True)
class Tokens:
    """What a provider counted."""

    input: int = 0
    """Those read from its cache included."""
    output: int = 0
    cached: int = 0


def cost(candidate: Candidate, tokens: Tokens, endpoint: str | None = None) -> float | None:
    """US dollars; None if nobody published a price.

    Args:
        candidate: The model that was asked.
        tokens: What it read and wrote.
        endpoint: Where it was asked, if not at its provider's own address.
    """
    if candidate.provider == "ollama":
        return 0.0  # it runs on one's own machine
    from genai_prices import Usage, calc_price

    usage = Usage(input_tokens=tokens.input, output_tokens=tokens.output, cache_read_tokens=tokens.cached)
    try:
        if endpoint:
            price = calc_price(usage, candidate.model, provider_api_url=endpoint)
        else:
            price = calc_price(usage, candidate.model, provider_id=candidate.provider)
    except (LookupError, ValueError):
        return None
    return float(price.total_price)
