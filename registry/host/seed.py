"""What a new database holds before anybody has acted: the calendar of the published years, and the regions' tree."""

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import chinese_calendar
from sqlmodel import Session, select

from registry.base.i18n import Text
from registry.base.paths import PACKAGE
from registry.base.script import complete
from registry.store.calendar import CalendarDay, CalendarYear
from registry.store.region import Region

FIRST_YEAR, LAST_YEAR = 2004, 2026
SOURCE = "国务院办公厅节假日安排（取自 chinesecalendar）"
"""What years that come with the package rest on; later ones name the notice that was entered."""


def seed_calendar(session: Session) -> int:
    """Fill in the years that the library knows and the table does not; returns how many were added."""
    known = set(session.exec(select(CalendarYear.year)))
    years = [y for y in range(FIRST_YEAR, LAST_YEAR + 1) if y not in known]
    for year in years:
        session.add(CalendarYear(year=year, source=SOURCE, entered_at=datetime.now(UTC)))
        session.add_all(exceptions(year))
    return len(years)


def exceptions(year: int) -> list[CalendarDay]:
    """The days of a year that break the weekly rule."""
    days, day = [], date(year, 1, 1)
    while day.year == year:
        working = chinese_calendar.is_workday(day)
        if working != (day.weekday() < 5):
            name = chinese_calendar.get_holiday_detail(day)[1]
            days.append(CalendarDay(day=day, working=working, name=name or ""))
        day += timedelta(days=1)
    return days


def seed_regions(session: Session, file: Path = PACKAGE / "host" / "regions.csv") -> int:
    """Fill in the regions that are not in the table; returns how many were added."""
    known, added = set(session.exec(select(Region.code))), 0
    with open(file, encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            if row["code"] in known:
                continue
            name = complete(Text.model_validate({"zh-Hans": row["zh-Hans"], "en": row["en"]}))
            session.add(
                Region(
                    code=row["code"],
                    parent=row["parent"] or None,
                    level=row["level"],
                    slug=row["slug"],
                    name=name.model_dump(),
                    functional=row["level"] == "zone",
                    valid_from=date.fromisoformat(row["from"]) if row["from"] else None,
                )
            )
            session.flush()
            added += 1
    return added
