"""Stored pages are served until something they show changes, and never a page that was rendered before the change."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from registry.actions import entries
from registry.base.i18n import Text
from registry.rules.permission import SYSTEM
from registry.store.published import PageTag, PublishedPage, drop_all, find, generation, remember
from registry.testing import XUYI, Kit

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)


def page(path: str = "/brands", lang: str = "zh-Hans", encoding: str = "gzip", **more: object) -> PublishedPage:
    about = {"etag": "e", "media_type": "text/html", "body": f"{path} {lang}".encode()}
    return PublishedPage(path=path, lang=lang, encoding=encoding, **{**about, **more})


def read_at(kit: Kit) -> int:
    """The generation that a rendering sees which begins now."""
    with kit.registry.store.read(SYSTEM) as session:
        return generation(session)


def store(kit: Kit, *tags: str, at: int | None = None, **about: object) -> bool:
    """Store a page in both encodings; whether it was."""
    seen = read_at(kit) if at is None else at
    with kit.registry.store.system() as session:
        pages = [page(encoding=encoding, **about) for encoding in ("gzip", "identity")]  # type: ignore[arg-type]
        return remember(session, pages, tags, seen)


def served(kit: Kit, path: str = "/brands", lang: str = "zh-Hans", at: datetime = NOW) -> list[bytes]:
    """What is found, in every encoding."""
    with kit.registry.store.read(SYSTEM) as session:
        found = [find(session, path, lang, encoding, at) for encoding in ("gzip", "identity")]
        return [p.body for p in found if p]


def change(kit: Kit, *tags: str) -> None:
    with kit.registry.store.system() as session:
        session.changes(*tags)


def test_page_is_found_as_it_was_stored(kit: Kit) -> None:
    assert served(kit) == []
    assert store(kit, "list:brands") and store(kit, "list:brands", lang="en")
    assert served(kit) == [b"/brands zh-Hans"] * 2 and served(kit, lang="en") == [b"/brands en"] * 2
    assert served(kit, lang="zh-Hant") == served(kit, path="/bases") == []


def test_change_of_a_tag_drops_the_pages_that_show_it_in_every_language_and_encoding_and_no_other(kit: Kit) -> None:
    store(kit, "list:brands", "entry:1")
    store(kit, "list:brands", "entry:1", lang="en")
    store(kit, "list:bases", path="/bases")
    change(kit, "entry:2")
    assert served(kit) and served(kit, lang="en") and served(kit, path="/bases")
    change(kit, "entry:1", "entry:9")
    assert served(kit) == served(kit, lang="en") == []
    assert served(kit, path="/bases")
    with kit.registry.store.read(SYSTEM) as session:
        assert {tag.path for tag in session.exec(select(PageTag))} == {"/bases"}


def test_page_rendered_before_a_change_is_never_stored_after_it(kit: Kit) -> None:
    before = read_at(kit)
    change(kit, "entry:1")
    assert not store(kit, "list:brands", "entry:1", at=before)
    assert served(kit) == []
    assert store(kit, "list:bases", at=before, path="/bases"), "what it shows has not changed"
    assert store(kit, "list:brands", "entry:1"), "rendered anew"
    assert served(kit)


def test_page_rendered_before_everything_was_dropped_is_not_stored(kit: Kit) -> None:
    before = read_at(kit)
    store(kit, "list:bases", path="/bases")
    with kit.registry.store.system() as session:
        drop_all(session)
    assert not store(kit, "list:brands", at=before)
    assert served(kit) == served(kit, path="/bases") == []


def test_change_that_is_rolled_back_drops_nothing(kit: Kit) -> None:
    store(kit, "entry:1")
    with pytest.raises(ZeroDivisionError), kit.registry.store.system() as session:
        session.changes("entry:1")
        _ = 1 / 0
    assert served(kit)


def test_generation_counts_the_changes_and_only_them(kit: Kit) -> None:
    first = read_at(kit)
    store(kit, "entry:1")
    change(kit)
    assert read_at(kit) == first
    change(kit, "entry:1", "entry:2")
    assert read_at(kit) == first + 1


def test_page_that_says_a_date_is_served_until_it_ends(kit: Kit) -> None:
    midnight = NOW + timedelta(hours=15)
    store(kit, "list:notices", fresh_until=midnight)
    assert served(kit, at=midnight - timedelta(seconds=1))
    assert served(kit, at=midnight) == []


def test_tags_are_those_of_the_newest_rendering(kit: Kit) -> None:
    store(kit, "entry:1")
    store(kit, "entry:2")
    change(kit, "entry:1")
    assert served(kit)
    change(kit, "entry:2")
    assert served(kit) == []


def test_verb_drops_the_pages_of_what_it_changed(kit: Kit) -> None:
    name = Text.model_validate("盱眙虚构丙")
    slug = entries.add_entry(kit.registry, SYSTEM, kind="labour_brand", region=XUYI, name=name)
    store(kit, f"region:{XUYI}", path="/counties/xuyi")
    store(kit, "region:320826", path="/counties/lianshui")
    entries.add_entry(kit.registry, SYSTEM, kind="labour_brand", region=XUYI, name=name)
    assert served(kit, "/counties/xuyi") == [] and served(kit, "/counties/lianshui") and slug
