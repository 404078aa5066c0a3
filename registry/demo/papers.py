"""Papers for the demonstration's applications: one page that says what it stands for and that it is none."""

from functools import lru_cache

import typst

from registry.base.paths import resource

PAGE = """#set page(paper: "a4", margin: 3cm)
#set text(font: "Registry Serif", size: 14pt, lang: "zh")
#align(center)[#v(4cm) #text(size: 26pt, sys.inputs.title) #v(1cm) 演示材料，不是真实文件 #v(.4cm)
#text(size: 11pt)[Paper of the demonstration; not a real document]]
#place(center + horizon, rotate(-30deg, text(size: 110pt, fill: luma(92%))[演示]))
"""


@lru_cache(maxsize=256)
def paper(title: str) -> bytes:
    """A PDF with this title."""
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[resource("fonts")])
    made = typst.compile(PAGE.encode(), format="pdf", sys_inputs={"title": title}, font_paths=fonts)
    assert made is not None
    return made
