"""What was filled in when an application was opened from the cultivation list, and from where."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from registry.base.i18n import Message, msg
from registry.rules.facts import SOURCES
from registry.web.templating import show_date


def origin(prefilled: Mapping[str, Mapping[str, Any]], draft: Mapping[str, Any], field: str) -> Message | None:
    """Where a field's value is from; None once the applicant has written another one."""
    one = prefilled.get(field)
    if one is None or draft.get(field) != one["value"]:
        return None
    if one["from"] == "register":
        return msg("Filled in from the register's words about the brand. Check it.")
    if one["from"] == "builder":
        return msg("Filled in from the county's cultivation list. Check it.")
    source: Message | str = SOURCES.get(one["source"], one["source"])
    if one.get("says"):
        source = msg("{source}: {title}", source=source, title=one["says"])
    if one.get("as_of"):
        day = show_date(date.fromisoformat(one["as_of"]))
        return msg("Filled in from the register ({source}, as of {date}). Check it.", source=source, date=day)
    return msg("Filled in from the register ({source}). Check it.", source=source)
