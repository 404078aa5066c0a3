"""`registry keys`."""

import click

from registry.actions import keys as verbs
from registry.base.i18n import Message, msg
from registry.cli.common import json_option, opened, show
from registry.rules.permission import SYSTEM


@click.group()
def keys() -> None:
    """The keys of encrypted data."""


@keys.command()
@json_option
def status(as_json: bool) -> None:
    """How many values are encrypted with each key."""
    with opened() as registry:
        use = verbs.status(registry)
    show(
        {"newest": use.newest, "values": use.counts, "remaining": use.remaining},
        as_json,
        [str(line) for line in told(use)],
    )


@keys.command()
@click.option("--background", is_flag=True, help="Let the outbox do it (`registry work`).")
def rotate(background: bool) -> None:
    """Encrypt everything anew with the first key of REGISTRY_FIELD_KEYS. Stopped, it goes on at the next call."""
    with opened() as registry:
        if background:
            verbs.rotate_later(registry, SYSTEM)
            click.echo(str(msg("The work waits in the outbox; `registry keys status` says what remains.")))
            return
        remaining = verbs.status(registry).remaining
        with click.progressbar(length=remaining, label=str(msg("Encrypting anew"))) as bar:
            before = 0
            for total in verbs.rotate(registry):
                bar.update(total - before)
                before = total
        for line in told(verbs.status(registry)):
            click.echo(str(line))


def told(use: verbs.KeyUse) -> list[Message]:
    """What stands encrypted with which key, and what that means."""
    lines = [msg("Key {kid}: {n} values", kid=kid, n=n) for kid, n in use.counts.items()]
    if use.remaining:
        lines.append(msg("{n} values wait for key {kid}: run `registry keys rotate`.", n=use.remaining, kid=use.newest))
        return lines
    lines.append(msg("Everything is encrypted with key {kid}.", kid=use.newest))
    if spare := sorted(use.known - {use.newest}):
        note = msg(
            "No value needs {kids} any more. Keep it as long as there are backups from before.", kids=", ".join(spare)
        )
        lines.append(note)
    return lines
