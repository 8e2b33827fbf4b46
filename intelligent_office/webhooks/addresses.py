"""Which addresses webhooks may have."""

from intelligent_office.errors import InvalidRequest, RequestRefused
from intelligent_office.outbound.allowances import read_allowance
from intelligent_office.outbound.guard import Guard
from intelligent_office.settings import Settings

KNOWN_BY = "the receiver knows the office by its signature, and may have a secret word in the path or the query"


def guard_of(settings: Settings) -> Guard:
    """Lets webhooks lead to the public internet, and to what the operator has allowed beside it."""
    return Guard(
        [read_allowance(entry) for entry in settings.webhook_allow],
        setting="OFFICE_WEBHOOK_ALLOW",
        instead_of_credentials=KNOWN_BY,
    )


def admitted(url: str, settings: Settings) -> str:
    """An address, judged by its words; where it leads is judged when it is connected to.

    Raises:
        InvalidRequest: it is none that webhooks may have; the message says why.
    """
    try:
        return str(guard_of(settings).admit(url).url)
    except RequestRefused as refusal:
        raise InvalidRequest(reason=f"The webhook cannot be called: {refusal}") from None
