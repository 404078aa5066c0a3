"""A neighbour's pack as the beginning of one's own: ids and region become the new pack's; what it quotes stays quoted."""

import json
import re
from collections.abc import Mapping

from registry.base.i18n import LANGUAGES, Text
from registry.rules.pack import MANIFEST, README, is_word

ID = re.compile(r"^id:\s*[\"']?([a-z][a-z0-9_.]*)", re.MULTILINE)
HEADING = re.compile(r"^title:.*\n(?:[ \t]+.*\n)*", re.MULTILINE)
FIRST_VERSION = "0.1.0"


def copied(
    files: Mapping[str, str], *, pack: str, region: str, new_pack: str, new_region: str, names: tuple[Text, Text]
) -> dict[str, str]:
    """The files of the pack `pack` of `region` as those of `new_pack`; `names` are the two regions' names.

    Rules become examples: the document that they rest on binds the neighbour, and stays named in them. The heading of
    each is of the new region. The manifest begins at version 0.1.0 and carries no demonstration; the README is left out.
    """
    ids = {
        old: renamed(old, path, pack, new_pack)
        for path, text in files.items()
        if path != MANIFEST and not is_word(path)
        for old in ID.findall(text)[:1]
    }
    made = {}
    for path, text in files.items():
        if path == README:
            continue
        if is_word(path):
            made[path] = text
            continue
        for old, new in sorted(ids.items(), key=lambda pair: -len(pair[0])):
            text = re.sub(rf"(?<![\w.]){re.escape(old)}(?!\w|\.\w)", new, text) if path != MANIFEST else text
        text = re.sub(rf"(\bregion:\s*)([\"']?){region}\2(?!\d)", rf'\g<1>"{new_region}"', text)
        text = re.sub(r"^standing:\s*official\b", "standing: example", text, flags=re.MULTILINE)
        made[path] = headed(path, text, new_pack, names)
    return made


def renamed(id: str, path: str, pack: str, new_pack: str) -> str:
    """What a definition of the pack is called in the new one."""
    if path == MANIFEST:
        return new_pack
    if id.startswith(f"{pack}."):
        return new_pack + id[len(pack) :]
    return f"{new_pack}_{id}" if path.startswith("kinds/") else f"{new_pack}.{id}"


def headed(path: str, text: str, new_pack: str, names: tuple[Text, Text]) -> str:
    """The text with the heading of the new pack."""
    if path == MANIFEST:
        text = re.sub(r"^id:.*$", f"id: {new_pack}", text, count=1, flags=re.MULTILINE)
        text = re.sub(r"^version:.*$", f"version: {FIRST_VERSION}", text, count=1, flags=re.MULTILINE)
        title = f"title: {{zh-Hans: {quoted(names[1].in_('zh-Hans'))}, en: {quoted(names[1].in_('en'))}}}"
        text = HEADING.sub(lambda _: f"{title}\n", text, count=1)
        return re.sub(r"^demonstration:.*\n?", "", text, flags=re.MULTILINE)
    if heading := HEADING.search(text):
        words = heading[0]
        for lang in LANGUAGES:
            words = words.replace(names[0].in_(lang), names[1].in_(lang))
        text = text[: heading.start()] + words + text[heading.end() :]
    return text


def quoted(words: str) -> str:
    """Words as YAML takes them on one line."""
    return json.dumps(words, ensure_ascii=False)
