"""The pictures are those that the code draws today, and ask no other host for anything."""

import re

from docs.website.blocks import mask
from docs.website.figures import PICTURES, draw
from docs.website.terminal import FILE, picture


def words(svg):
    return mask(
        "\n".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg)).replace("\u00a0", " ").replace("&#160;", " ")
    )


def test_terminal_is_what_the_command_prints_today():
    assert words(FILE.read_text(encoding="utf-8")) == words(picture())


def test_pictures_ask_for_nothing():
    for name, svg in [("terminal.svg", FILE.read_text(encoding="utf-8")), *draw()]:
        assert not re.search(r'(?:href|src)="http|url\("?http|@import', svg), name


def test_each_picture_is_there_for_light_and_for_dark():
    names = [name for name, _ in draw()]
    assert names == [f"{name}-{theme}.svg" for name in PICTURES for theme in ("light", "dark")]
