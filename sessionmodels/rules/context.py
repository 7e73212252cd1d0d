"""What an event carries beside its ids, name and times: the page, the campaign, the device, and the SDK's own session."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, func

from sessionmodels.sql.text import LongText, as_text, blank_as_null

PAGE: Final = "page_url", "page_path", "page_referrer"
CAMPAIGN: Final = "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"
DEVICE: Final = "device_type", "os_name", "library_name"
SDK: Final = "sdk_session_id"

CONTEXT: Final[dict[str, list[str]]] = {
    "page_url": ["context_page_url", "url"],
    "page_path": ["context_page_path", "path"],
    "page_referrer": ["context_page_referrer", "referrer"],
    "utm_source": ["context_campaign_source"],
    "utm_medium": ["context_campaign_medium"],
    "utm_campaign": ["context_campaign_name"],
    "utm_term": ["context_campaign_term"],
    "utm_content": ["context_campaign_content"],
    "device_type": ["context_device_type"],
    "os_name": ["context_os_name"],
    "library_name": ["context_library_name"],
    "sdk_session_id": ["context_session_id"],
}
"""By column of `session_events`, the columns of the source that it is read from, as RudderStack and Segment name them."""

NO_REFERRER: Final = "$direct"
"""What SDKs send as the referrer if there is none."""


def context_value(name: str, columns: Sequence[ColumnElement[Any]]) -> ColumnElement[Any]:
    """Return the first of these columns, as text, that is not null. A blank is null, and so is the referrer `$direct`."""
    texts = [blank_as_null(column) for column in columns]
    if name == "page_referrer":
        texts = [func.nullif(text, as_text(NO_REFERRER), type_=LongText()) for text in texts]
    return texts[0] if len(texts) == 1 else func.coalesce(*texts, type_=LongText())


def described_context(context: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return each column's description: which columns of the source it is read from."""
    return {name: f"{' or '.join(f'`{column}`' for column in columns)} of the source." for name, columns in context.items()}
