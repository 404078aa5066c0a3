"""Commands that plugins share: taking a small table of a brand's in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from registry.base.errors import BadInput, Fault
from registry.base.i18n import msg
from registry.host.plugged import Access, PluginEntry
from registry.host.registry import opened


@contextmanager
def access() -> Iterator[Access]:
    """The registry that the environment names, for a plugin's command."""
    with opened() as registry:
        yield Access(registry.store)


def import_command(
    name: str,
    says: str,
    *,
    read: Callable[[str, bytes], list[Any]],
    put: Callable[[Access, PluginEntry, list[Any]], int],
    region: str,
    product: str | None = None,
) -> click.Command:
    """`registry PLUGIN NAME FILE --entry SLUG`: the file's rows are read, then put down for an entry of the plugin's place.

    `says` stands in the help. It ends with exit status 2 for faults of the file and for an entry that is not there.
    """

    @click.command(name, help=says)
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option("--entry", "slug", required=True, help="Address of the brand or base, as in its page.")
    def command(file: Path, slug: str) -> None:
        rows = read(file.name, file.read_bytes())
        with access() as here:
            found = here.entries(region=region, product=product, slug=slug)
            if not found:
                raise BadInput(Fault(msg("There is no entry “{slug}”.", slug=slug)))
            n = put(here, found[0], rows)
        click.echo(f"{slug}: {n} rows taken in.")

    return command
