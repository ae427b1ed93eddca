"""Draws equity curves, and behind them when the regime was turbulent, as an SVG without any library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape

import numpy as np
from numpy.typing import NDArray

Series = NDArray[np.float64]
WIDTH, HEIGHT = 1000, 520
LEFT, RIGHT, TOP, BOTTOM = 56, 972, 110, 450
COLOURS = ("#1f6feb", "#8b949e", "#2da44e", "#bf8700", "#8250df")
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1f2328}.quiet{fill:#59636e}"
    ".title{font-size:22px;font-weight:600}.card{fill:#fff;stroke:#d1d9e0}.turbulent{fill:#ffd8d3}.grid{stroke:#d1d9e0;stroke-width:1}"
    ".curve{fill:none;stroke-width:1.8}"
)


def picture(
    days: Sequence[date],
    curves: Mapping[str, Series],
    turbulent: NDArray[np.bool_],
    title: str,
    subtitle: str,
) -> str:
    """A self-contained SVG.

    :param curves: the cumulated log return of each at each day; NaN where there is none
    :param turbulent: whether the regime of each day was turbulent
    """
    levels = np.concatenate([100 * np.expm1(curve) for curve in curves.values()])
    low, high = float(np.nanmin(levels)), float(np.nanmax(levels))
    span = max(high - low, 1.0)
    across = np.linspace(LEFT, RIGHT, len(days))

    def y(percent: float | Series) -> Series:
        return np.asarray(BOTTOM - (percent - low) / span * (BOTTOM - TOP))

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(title)}"><style>{STYLE}</style>',
        f'<rect class="card" x=".5" y=".5" width="{WIDTH - 1}" height="{HEIGHT - 1}" rx="10"/>',
        f'<text class="title" x="{LEFT}" y="42">{escape(title)}</text>',
        f'<text class="quiet" x="{LEFT}" y="66">{escape(subtitle)}</text>',
        *_bands(across, turbulent),
        *(_rule(float(y(percent)), f"{percent:+.0f} %") for percent in _ticks(low, high)),
        *_years(days, across),
    ]
    at = LEFT
    for (name, curve), colour in zip(curves.items(), COLOURS, strict=False):
        parts.append(_curve(across, y(100 * np.expm1(curve)), colour))
        parts.append(f'<rect x="{at}" y="84" width="12" height="3" fill="{colour}"/>')
        parts.append(f'<text x="{at + 18}" y="90">{escape(name)}</text>')
        at += 36 + 8 * len(name)
    return "\n".join([*parts, "</svg>\n"])


def _curve(across: Series, heights: Series, colour: str) -> str:
    drawn = ~np.isnan(heights)
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(across[drawn], heights[drawn], strict=True))
    return f'<polyline class="curve" stroke="{colour}" points="{points}"/>'


def _bands(across: Series, turbulent: NDArray[np.bool_]) -> list[str]:
    """A rectangle for each spell."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], turbulent, [False]]).astype(int)))
    spells = [(across[a], across[min(b, len(across) - 1)]) for a, b in edges.reshape(-1, 2)]
    return [
        f'<rect class="turbulent" x="{a:.1f}" y="{TOP}" width="{max(b - a, 1):.1f}" height="{BOTTOM - TOP}"/>'
        for a, b in spells
    ]


def _ticks(low: float, high: float) -> list[float]:
    step = next(each for each in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if (high - low) / each <= 8)
    return [float(each) for each in np.arange(np.ceil(low / step) * step, high + 1e-9, step)]


def _rule(height: float, text: str) -> str:
    return (
        f'<line class="grid" x1="{LEFT}" x2="{RIGHT}" y1="{height:.1f}" y2="{height:.1f}"/>'
        f'<text class="quiet" x="{LEFT - 6}" y="{height + 4:.1f}" text-anchor="end">{text}</text>'
    )


def _years(days: Sequence[date], across: Series) -> list[str]:
    firsts = [at for at in range(1, len(days)) if days[at].year != days[at - 1].year]
    place = f'class="quiet" y="{BOTTOM + 22}" text-anchor="middle"'
    return [f'<text {place} x="{across[at]:.1f}">{days[at].year}</text>' for at in firsts]
