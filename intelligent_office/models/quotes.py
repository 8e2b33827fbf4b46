"""What a call may cost at most, before it is made."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from intelligent_office.models.prices import Price, PriceSource, Tokens

BYTES_PER_TOKEN = 2
"""English has about four, code three, Chinese three a character; only text without any sense has fewer than two."""
TOKENS_AROUND = 100
"""For what a provider adds to the words: roles, separators, the frame of a form."""
ENOUGH_TOKENS = 1024
"""An answer that may not even be so long is not asked for."""
_EXACT = Decimal("0.000000001")


@dataclass(frozen=True)
class Quote:
    """A call of a model, before it is made. Its answer may be as long as the money allows, within bounds."""

    role: str
    provider: str
    model: str
    attempt: int
    price: Price
    input_tokens: int
    """A bound, not an estimate."""
    most_tokens: int
    """The longest answer that is wanted."""

    @property
    def source(self) -> PriceSource:
        return self.price.source

    @property
    def most_usd(self) -> Decimal:
        """The cost of the longest answer."""
        return self._usd(self.most_tokens)

    @property
    def enough_usd(self) -> Decimal:
        """The cost of the longest answer that is still worth asking for."""
        return self._usd(min(self.most_tokens, ENOUGH_TOKENS))

    def tokens_for(self, granted_usd: Decimal) -> int:
        """How long the answer may be for that money."""
        if granted_usd >= self.most_usd:
            return self.most_tokens
        prompt = self._usd(0)
        token = (self.most_usd - prompt) / self.most_tokens
        return min(self.most_tokens, int((granted_usd - prompt) / token))

    def _usd(self, output_tokens: int) -> Decimal:
        cost = self.price.cost(Tokens(self.input_tokens, output_tokens))
        return cost.quantize(_EXACT, ROUND_CEILING)


def tokens_in(*texts: str) -> int:
    """At least as many tokens as any provider will find there."""
    return sum(len(text.encode("utf-8", "surrogatepass")) for text in texts) // BYTES_PER_TOKEN + TOKENS_AROUND


def usd(amount: Decimal | float) -> str:
    """An amount for people: cents, and as many more digits as it takes to tell small amounts apart."""
    if amount == 0 or amount >= 1:
        return f"${amount:.2f}"
    text = f"{amount:.4f}" if amount >= Decimal("0.001") else f"{amount:.2g}"
    written = f"{Decimal(text):f}"
    whole, _, digits = written.partition(".")
    return f"${whole}.{digits.rstrip('0').ljust(2, '0')}"
