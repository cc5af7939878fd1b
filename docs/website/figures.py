"""The pictures of the pages, drawn by Matplotlib for a light page and for a dark one."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

THEMES = {
    "light": ("#1f2430", "#8a90a0", "#3f51b5", "#c02626"),
    "dark": ("#e6e8ee", "#7d8496", "#9fa8da", "#ff8a80"),
}
"""Of each: the colours of text and lines, of what stands back, of what is right, and of what is wrong."""
STYLE = {
    "svg.fonttype": "none",  # text stays text, in the reader's own font
    "svg.hashsalt": "gradcheck",  # the same picture is the same file
    "font.family": "sans-serif",
    "font.size": 10.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def draw() -> Iterator[tuple[str, str]]:
    """Yield the name of each picture's file, and the picture as SVG."""
    for name, picture in PICTURES.items():
        for theme, colours in THEMES.items():
            with _figure(colours[0]) as (figure, axes):
                picture(axes, *colours)
                text = io.StringIO()
                figure.savefig(text, format="svg", transparent=True, metadata={"Date": None})
                yield f"{name}-{theme}.svg", text.getvalue()


@contextmanager
def _figure(ink: str) -> Iterator[tuple[Figure, Axes]]:
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    colours = {f"{what}.color": ink for what in ("text", "xtick", "ytick")}
    with rc_context({**STYLE, **colours, "axes.edgecolor": ink, "axes.labelcolor": ink}):
        figure = Figure(figsize=(7.2, 3.4), layout="constrained")
        yield figure, figure.add_subplot()


def step_curve(axes: Axes, ink: str, quiet: str, right: str, wrong: str) -> None:
    """Draw the error of a central difference of the exponential against its step, as it is measured."""
    steps = 10.0 ** np.arange(-14.0, 0.01, 0.1)
    x = 1.3
    errors = np.abs((np.exp(x + steps) - np.exp(x - steps)) / (2 * steps) - np.exp(x)) / np.exp(x)
    axes.loglog(steps, np.maximum(errors, 1e-14), ".", color=right, markersize=5)
    axes.loglog(steps, steps**2 / 6, "-", color=quiet, linewidth=1)
    axes.loglog(steps, 1.5e-17 / steps * 4, "-", color=quiet, linewidth=1)
    axes.axvspan(1e-6, 1e-4, color=right, alpha=0.15, linewidth=0)
    axes.text(1e-5, 3e-3, "the window", ha="center", color=ink)
    axes.text(3e-3, 2e-10, "the curvature of f:\nerror ~ h²", color=ink)
    axes.text(2e-14, 4e-7, "rounding:\nerror ~ 1/h", color=ink, va="top")
    axes.set(xlabel="step h", ylabel="relative error", ylim=(1e-14, 2.0), xlim=(1e-14, 1.0))


def kink(axes: Axes, ink: str, quiet: str, right: str, wrong: str) -> None:
    """Draw a function with a kink, its two slopes, one between them and one outside."""
    x = np.linspace(-1.0, 1.0, 200)
    y = np.where(x < 0, 0.15 * x + 0.25 * x**2, 0.9 * x + 0.25 * x**2)
    axes.plot(x, y, color=ink, linewidth=2)
    for slope, colour, words in (
        (0.15, right, "slope to the left: 0.15"),
        (0.9, right, "slope to the right: 0.9"),
        (0.5, quiet, "0.5 lies between them: a choice"),
        (-0.45, wrong, "−0.45 lies outside: suspect"),
    ):
        style = "-" if colour == right else "--"
        axes.plot(x, slope * x, style, color=colour, linewidth=1.2)
        axes.text(1.03, slope, words, color=colour if colour != quiet else ink, va="center")
    axes.plot([0], [0], "o", color=ink)
    axes.set(xlim=(-1.0, 1.9), ylim=(-0.6, 1.25), xlabel="x", ylabel="f(x)", xticks=[0], yticks=[0])


def adjoint(axes: Axes, ink: str, quiet: str, right: str, wrong: str) -> None:
    """Draw the shapes that run through a convolution and back."""
    axes.set_axis_off()
    axes.set(xlim=(0, 14), ylim=(0, 6.4), aspect="equal")

    def grid(left: float, bottom: float, rows: int, columns: int, name: str, colour: str) -> None:
        for i in range(rows + 1):
            axes.plot([left, left + columns * 0.4], [bottom + i * 0.4] * 2, color=colour, linewidth=1)
        for j in range(columns + 1):
            axes.plot([left + j * 0.4] * 2, [bottom, bottom + rows * 0.4], color=colour, linewidth=1)
        axes.text(left + columns * 0.2, bottom + rows * 0.4 + 0.15, name, ha="center", color=ink)

    def arrow(
        start: tuple[float, float], end: tuple[float, float], words: str, colour: str, up: float
    ) -> None:
        how: dict[str, Any] = {"arrowstyle": "-|>", "color": colour, "linewidth": 1.5}
        axes.annotate("", xy=end, xytext=start, arrowprops=how)
        axes.text((start[0] + end[0]) / 2, (start[1] + end[1]) / 2 + up, words, ha="center", color=ink)

    grid(1.2, 3.7, 5, 5, "v, as the image: 5 × 5", right)
    grid(10.6, 4.1, 3, 3, "J v, as the output: 3 × 3", right)
    arrow((3.6, 4.7), (10.3, 4.7), "forward: ⋆ a kernel of 3 × 3", right, 0.2)
    grid(1.2, 0.4, 5, 5, "x̄ = Jᵀ ȳ: 5 × 5", wrong)
    grid(10.6, 0.8, 3, 3, "ȳ: 3 × 3", wrong)
    arrow((10.3, 1.4), (3.6, 1.4), "backward: ȳ padded by 2, ⋆ the flipped kernel", wrong, 0.2)
    axes.text(2.2, 3.05, "⟨x̄, v⟩", ha="center", color=ink, fontsize=13)
    axes.text(11.2, 3.05, "⟨ȳ, J v⟩", ha="center", color=ink, fontsize=13)
    axes.text(6.9, 3.05, "are the same number", ha="center", color=ink)
    axes.plot([3.0, 4.9], [3.15, 3.15], ":", color=quiet)
    axes.plot([8.9, 10.4], [3.15, 3.15], ":", color=quiet)


PICTURES: dict[str, Callable[..., None]] = {"adjoint": adjoint, "step": step_curve, "kink": kink}
"""What is drawn, by the name of its file."""
