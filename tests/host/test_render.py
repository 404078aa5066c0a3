"""A pack's page is rendered in a child process with limits, and a failure keeps the last good page."""

import os
import subprocess
import sys
import time
from datetime import datetime
from typing import Any

import pytest
from sqlmodel import select

from registry.actions import entries
from registry.actions.showcase import Piece, keep, newest_pages, render_all, subjects
from registry.base.errors import Broken
from registry.base.i18n import Text
from registry.host.render import render_page
from registry.host.resolve import read_as
from registry.rules.pack import SLOTS, Page
from registry.rules.permission import SYSTEM
from registry.store.showcase import RenderedPage, rendered
from registry.testing import XUYI, Kit, journey

from ..browser import ROOT

pytestmark = pytest.mark.slow

DATA = {"county": {"name": "盱眙县", "code": XUYI}, "figures": [{"label": "人数", "value": "1234"}]}
FOREVER = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
REFUSED = {
    "an attribute of Python": ("{{ county.__class__ }}", "access to attribute '__class__'"),
    "the same by a filter": ("{{ county|attr('__class__') }}", "access to attribute '__class__'"),
    "the same in a format": ("{{ '{0.__class__}'.format(county) }}", "access to attribute '__class__'"),
    "globals of a function": ("{{ lipsum.__globals__ }}", "access to attribute '__globals__'"),
    "a change of the data": ("{{ figures.append(1) }}", "access to attribute 'append'"),
    "what is not declared": ("{{ secret }}", "'secret' is undefined"),
    "a file": ("{% include '/etc/passwd' %}", "no loader"),
    "a range too long": ("{% for a in range(10**9) %}{% endfor %}", "Range too big"),
    "too much memory": ("{{ 'x' * 10**10 }}", "MemoryError"),
    "too long a page": ("{{ 'x' * 300000 }}", "at most 262144 are allowed"),
    "a page that calls itself": ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "RecursionError"),
    "what is no template": ("{% if %}", "TemplateSyntaxError"),
    "a number that is none": ("{{ 1 / 0 }}", "ZeroDivisionError"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_page_is_refused_that_asks_for(what: str) -> None:
    source, said = REFUSED[what]
    with pytest.raises(Broken) as error:
        render_page(source, DATA)
    assert said in error.value.message.text("en")
    assert "Traceback" not in error.value.message.text("en")


def test_page_shows_its_data_and_only_harmless_markup() -> None:
    html = render_page(
        "## {{ county.name }}\n\n{% for f in figures %}\n* {{ f.label }} **{{ f.value }}**\n{% endfor %}\n\n"
        "<script>x</script> [a](javascript:x) [b](https://example.org/) ![i](https://example.org/i.png)",
        DATA,
    )
    assert "<h2>盱眙县</h2>" in html and "<strong>1234</strong>" in html
    assert '<a href="https://example.org/" rel="noopener noreferrer">b</a>' in html
    assert "<script" not in html and "javascript" not in html.replace("[a](javascript:x)", "") and "<img" not in html


def differing(shape: Any, value: Any, where: str) -> list[str]:
    """Where what a page is given is not what a check takes it to be."""
    if isinstance(shape, dict):
        if shape.keys() != value.keys():
            return [where]
        return [one for key in shape for one in differing(shape[key], value[key], f"{where}.{key}")]
    if isinstance(shape, list):
        return (
            [one for item in value for one in differing(shape[0], item, f"{where}[]")] if value else [f"{where}: empty"]
        )
    return []


def test_check_knows_the_data_that_each_page_is_given(kit: Kit) -> None:
    journey.city(kit)
    entries.observe(
        kit.registry, SYSTEM, region=XUYI, fact="practitioners", value="5", source="illustrative", standing="documented"
    )
    with kit.registry.store.read() as session:
        given = {}
        for d in newest_pages(session):
            if d.region == XUYI:
                given |= {read_as(Page, d).slot: data("en") for _, data in subjects(session, read_as(Page, d))}
    assert given.keys() == SLOTS.keys()
    assert [one for slot, shape in SLOTS.items() for one in differing(shape, given[slot], slot)] == []


def test_numbers_are_set_to_the_right_by_the_sheet_and_by_no_style_of_their_own() -> None:
    html = render_page("| a | b |\n|---|---:|\n| c | 1 |", DATA)
    assert "<th>a</th>" in html and '<th class="num">b</th>' in html and '<td class="num">1</td>' in html
    assert "style=" not in html


def test_data_is_data_and_never_markup_or_template() -> None:
    html = render_page("{{ county.name }}", {"county": {"name": "<b>{{ 7*7 }}</b>"}})
    assert "<b>" not in html and "49" not in html


@pytest.mark.parametrize("locale", ["C", "zh_CN.GB18030"])
def test_page_is_the_same_whatever_the_servers_locale(locale: str) -> None:
    page = "render_page('\\u4f60\\u597d', {}).encode()"
    code = f"import sys; from registry.host.render import render_page; sys.stdout.buffer.write({page})"
    env = {**os.environ, "LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, check=True)
    assert done.stdout.decode() == "<p>你好</p>\n"


def shown(kit: Kit) -> tuple[str, str | None]:
    """What citizens see of the page, and what the administrator is told."""
    with kit.registry.store.read() as session:
        row = session.get_one(RenderedPage, ("test/page", f"region:{XUYI}", "en"))
        assert row.html in rendered(session, f"region:{XUYI}", "en")
        return row.html, row.error


def kept(kit: Kit, source: str) -> bool:
    """Whether a page of this source is rendered and kept."""
    return keep(kit.registry, Piece("test/page", f"region:{XUYI}", Text(zh_hans=source), lambda lang: DATA), "en")


def test_failure_keeps_the_last_good_page_and_is_written_down(kit: Kit) -> None:
    assert kept(kit, "# Old")
    good = shown(kit)
    began = time.monotonic()
    for source, said in (("{{ county.__class__ }}", "unsafe"), (FOREVER, "too much time or memory")):
        assert not kept(kit, source)
        html, error = shown(kit)
        assert html == good[0] and error is not None and said in error
    assert time.monotonic() - began < 20
    assert kept(kit, "## New")
    assert shown(kit) == ("<h2>New</h2>\n", None)


def test_every_page_of_the_bundled_packs_renders(kit: Kit) -> None:
    assert render_all(kit.registry) == 0


def test_page_is_rendered_anew_only_when_what_it_shows_has_changed(kit: Kit) -> None:
    def when() -> dict[str, set[datetime]]:
        made: dict[str, set[datetime]] = {}
        with kit.registry.store.read() as session:
            for row in session.exec(select(RenderedPage)):
                made.setdefault(row.subject, set()).add(row.rendered_at)
        return made

    render_all(kit.registry)
    first = when()
    assert len(first) > 1
    kit.clock.forward(days=1)
    render_all(kit.registry)
    assert when() == first
    figure = {"fact": "practitioners", "value": "200000", "source": "press", "standing": "declared"}
    entries.observe(kit.registry, SYSTEM, region=XUYI, source_text="示例报道", **figure)
    render_all(kit.registry)
    assert when() == first | {f"region:{XUYI}": {kit.clock.now()}}
