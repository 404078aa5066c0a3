"""Checking Word templates: parts that may not be in them, fields that there are not, tags that do not fit, all at once."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from registry.base.errors import Fault
from registry.base.i18n import msg
from registry.host.docx import Asked, checked
from registry.host.packs import Parsed
from registry.rules.pack import WORD
from registry.rules.wording import did_you_mean


def template_faults(templates: Iterable[tuple[Parsed, Mapping[str, Any]]], stages: frozenset[str]) -> Iterator[Fault]:
    """The faults of a pack's Word documents; the line of a fault is the number of its paragraph.

    `stages`: those that a case can stand in at all.
    """
    there = [(d, Asked(d.model.docx, shape)) for d, shape in templates if d.model.docx]
    for (d, _), found in zip(there, checked([asked for _, asked in there]), strict=True):
        file = str(PurePosixPath(d.source.name).with_suffix(WORD))
        for one in found:
            yield Fault(one.message, file, one.paragraph, remedy=one.remedy)
    for d, _ in there:
        for n, stage in enumerate(d.model.stages):
            if stage not in stages:
                words = msg("No workflow has a stage “{stage}”.", stage=stage)
                yield d.source.fault(words, "stages", n, remedy=did_you_mean(stage, stages))
