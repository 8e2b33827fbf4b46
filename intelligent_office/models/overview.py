"""Who is asked for each role, as people see it."""

from collections.abc import Mapping

from intelligent_office.cards import ModelCard, RoleModels
from intelligent_office.models.candidates import Candidate
from intelligent_office.models.catalogue import Catalogue
from intelligent_office.models.models_file import ENCODER
from intelligent_office.models.prices import price_of
from intelligent_office.models.windows import window_of
from intelligent_office.settings import Settings


def overview(catalogue: Catalogue, settings: Settings, troubles: Mapping[str, str]) -> list[RoleModels]:
    """Every role with its candidates, and at the end what compares memories.

    Args:
        catalogue: Which models there are.
        settings: What a price is when nobody knows it.
        troubles: By candidate, why it is not asked at present.
    """

    def cards(candidates: list[Candidate]) -> list[ModelCard]:
        return [_card(candidate, settings, troubles) for candidate in candidates]

    roles: list[RoleModels] = [
        {"role": role, "tier": tier, "candidates": cards(catalogue.candidates(role))}
        for role, tier in catalogue.roles.items()
    ]
    return [*roles, {"role": ENCODER, "tier": ENCODER, "candidates": cards(catalogue.encoders)}]


def _card(candidate: Candidate, settings: Settings, troubles: Mapping[str, str]) -> ModelCard:
    price = price_of(candidate, settings)
    read, written = price.per_million
    reason = candidate.obstacle or troubles.get(str(candidate), "")
    return {
        "model": str(candidate),
        "usable": not reason,
        "reason": reason,
        "input_usd_per_million": float(read),
        "output_usd_per_million": float(written),
        "price_source": price.source,
        "context_tokens": window_of(candidate) if candidate.provider else None,
    }
