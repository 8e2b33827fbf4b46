"""What calls cost: by the configuration, by the published prices that come with the installation, or by a default."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from intelligent_office.models.candidates import Candidate
from intelligent_office.settings import Settings

PriceSource = Literal["published", "override", "default", "free"]
"""Where a price comes from: the list of genai-prices, the configuration, the settings for what is unknown, or nowhere,
because the model runs on one's own machine."""

MILLION = 1_000_000


@dataclass(frozen=True)
class Tokens:
    """What a provider counted."""

    input: int = 0
    """Those read from its cache included."""
    output: int = 0
    cached: int = 0


@dataclass(frozen=True)
class Price:
    """What one model costs."""

    source: PriceSource
    cost: Callable[[Tokens], Decimal]
    """US dollars, exactly."""

    @property
    def per_million(self) -> tuple[Decimal, Decimal]:
        """US dollars for a million tokens read and written, in calls of usual size: very long ones may cost more."""
        thousand = MILLION // 1000
        return self.cost(Tokens(input=1000)) * thousand, self.cost(Tokens(output=1000)) * thousand


def price_of(candidate: Candidate, settings: Settings) -> Price:
    """The price of a candidate where it is asked; takes a moment at the first time, to read the list."""
    unknown = (settings.unknown_price_input_usd, settings.unknown_price_output_usd)
    stated = (candidate.input_usd_per_million, candidate.output_usd_per_million)
    if stated != (None, None):
        read, written = (usual if own is None else own for own, usual in zip(stated, unknown, strict=True))
        return Price("override", _rates(read, written))
    if is_free(candidate):
        return Price("free", lambda _: Decimal(0))
    published = _published(candidate)
    return Price("published", published) if published else Price("default", _rates(*unknown))


def is_free(candidate: Candidate) -> bool:
    """Whether it certainly costs nothing: it runs on one's own machine, or the configuration says so."""
    stated = (candidate.input_usd_per_million, candidate.output_usd_per_million)
    return not any(stated) if stated != (None, None) else (candidate.speaks or candidate.provider) in ("ollama", "")


def _rates(read: float, written: float) -> Callable[[Tokens], Decimal]:
    """So many dollars for a million tokens; `str` keeps 0.1 what it was written as."""
    input_usd, output_usd = Decimal(str(read)), Decimal(str(written))
    return lambda tokens: (tokens.input * input_usd + tokens.output * output_usd) / MILLION


def _published(candidate: Candidate) -> Callable[[Tokens], Decimal] | None:
    """What the provider charges; at an address that is not known to be a provider's, nobody knows."""
    from genai_prices import Usage, calc_price

    endpoint = candidate.base_url if candidate.speaks == "openai" else None

    def cost(tokens: Tokens) -> Decimal:
        usage = Usage(input_tokens=tokens.input, output_tokens=tokens.output, cache_read_tokens=tokens.cached)
        if endpoint:
            return calc_price(usage, candidate.model, provider_api_url=endpoint).total_price
        return calc_price(usage, candidate.model, provider_id=candidate.provider).total_price

    try:
        cost(Tokens())
    except (LookupError, ValueError):
        return None
    return cost
