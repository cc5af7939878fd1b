"""The picture of the terminal, made by the product: ``python -m docs.website.terminal`` draws it again."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.terminal_theme import MONOKAI

from gradcheck import Layer, check
from gradcheck.reporting import print_run

FILE = Path(__file__).parent.parent / "terminal.svg"
WIDTH = 104
FRAME = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
font-size: {char_height}px; line-height: {line_height}px; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" /></clipPath>
{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""Rich's own frame, without the fonts that it would fetch from another host."""


def _linear_backward(
    y_bar: np.ndarray, x: np.ndarray, w: np.ndarray, b: np.ndarray
) -> tuple[np.ndarray, ...]:
    return y_bar @ w.T, x.T @ y_bar, y_bar.mean(axis=0)


def _relu_backward(y_bar: np.ndarray, x: np.ndarray) -> np.ndarray:
    y_bar[x < 0] = 0.0
    return y_bar


LAYERS = (
    Layer.from_backward(
        lambda x, w, b: x @ w + b, _linear_backward, name="linear", shapes={"x": "n i", "w": "i o", "b": "o"}
    ),
    Layer.from_backward(
        np.tanh,
        lambda y_bar, x: y_bar * (1 - np.tanh(x) ** 2),
        name="tanh",
        shapes={"x": "n"},
        domain={"x": (-9, 9)},
    ),
    Layer.from_backward(lambda x: np.maximum(x, 0), _relu_backward, name="relu", shapes={"x": "n"}),
)
"""A wrong one, a right one, and one that is flawed."""


def picture() -> str:
    """Return what ``gradcheck verify`` prints of three layers, as SVG."""
    console = Console(
        record=True, file=io.StringIO(), width=WIDTH, force_terminal=True, color_system="truecolor"
    )
    console.print("[bold]$[/] gradcheck verify layers.py", highlight=False)
    reports = [check(layer, max_examples=30) for layer in LAYERS]
    commands = [f"gradcheck verify layers.py:{layer.name}" for layer in LAYERS]
    print_run(console, reports, commands, 2.0, [])
    drawn = console.export_svg(title="gradcheck", theme=MONOKAI, code_format=FRAME, unique_id="gradcheck")
    return "\n".join(line.rstrip() for line in drawn.splitlines()) + "\n"


if __name__ == "__main__":
    FILE.write_text(picture(), encoding="utf-8")
