"""How much a model can read and write in all."""

from intelligent_office.models.candidates import Candidate
from intelligent_office.models.connections import OLLAMA_CONTEXT_TOKENS


def window_of(candidate: Candidate) -> int | None:
    """Tokens, by the configuration or the list of genai-prices; None if neither says.

    Takes a moment at the first time, to read the list.
    """
    if candidate.context_tokens:
        return candidate.context_tokens
    if candidate.speaks == "ollama":
        return OLLAMA_CONTEXT_TOKENS
    from genai_prices.data_snapshot import get_snapshot

    try:
        _, model = get_snapshot().find_provider_model(candidate.model, None, candidate.provider, None)
    except LookupError:
        return None
    return model.context_window
