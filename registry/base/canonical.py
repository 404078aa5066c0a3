"""One way to write a value as bytes, so that its hash means something."""

import hashlib
import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel


def plain(value: Any) -> Any:
    """Dates, decimals and models as JSON knows them."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_none=True)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} cannot be written canonically")


def canonical(value: Any) -> bytes:
    """Canonical JSON: sorted keys, no spaces, UTF-8. Floats are refused: money and thresholds never are one."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=plain, allow_nan=False)
    return text.encode()


def sha256(value: bytes | str) -> str:
    """SHA-256 as hexadecimal digits."""
    return hashlib.sha256(value.encode() if isinstance(value, str) else value).hexdigest()
