"""The child process that renders one page of a pack: no network, bounded time, memory and output.

Reads JSON {source, data} on stdin; writes clean HTML on stdout. A fault ends it with status 1 and a sentence on stderr.
"""

import json
import resource
import sys

import nh3
from jinja2 import StrictUndefined
from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markdown_it import MarkdownIt

SECONDS, MEMORY, OUTPUT = 2, 512 * 1024 * 1024, 256 * 1024
RIGHT = ' style="text-align:right"'
"""How Markdown sets a column to the right (`---:`); no page may carry a style, so it becomes the sheet's own class."""
TAGS = {
    "p",
    "h2",
    "h3",
    "h4",
    "ul",
    "ol",
    "li",
    "strong",
    "em",
    "blockquote",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "a",
    "hr",
    "br",
    "dl",
    "dt",
    "dd",
    "figure",
    "figcaption",
}


def render(source: str, data: dict[str, object]) -> str:
    """Jinja in a sandbox, then Markdown, then only the allowed tags."""
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    text = environment.from_string(source).render(data)
    html = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    return nh3.clean(
        html.replace(RIGHT, ' class="num"'),
        tags=TAGS,
        attributes={"a": {"href"}, "th": {"scope"}},
        allowed_classes={"th": {"num"}, "td": {"num"}},
        url_schemes={"http", "https", "mailto", "tel"},
    )


def main() -> int:
    """Render what is on stdin."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    asked = json.load(sys.stdin)
    try:
        html = render(asked["source"], asked["data"])
    except (TemplateError, ArithmeticError, TypeError, ValueError, MemoryError, RecursionError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    if len(html.encode()) > OUTPUT:
        print(f"the page has {len(html.encode())} bytes; at most {OUTPUT} are allowed", file=sys.stderr)
        return 1
    sys.stdout.write(html)
    return 0


if __name__ == "__main__":
    sys.exit(main())
