"""Squarified treemap as arithmetic: sizes in, rectangles out. Knows numbers only.

Bruls, Huizing, van Wijk: Squarified Treemaps (2000): rows along the shorter side, as long as the
worst ratio improves.
"""

from __future__ import annotations

from collections.abc import Sequence

Box = tuple[float, float, float, float]
"""x, y, width, height"""


def squarify(sizes: Sequence[float], box: Box) -> list[Box]:
    """A rectangle for each size, in order, areas in proportion; a size of 0 gets an empty one."""
    order = sorted((i for i, size in enumerate(sizes) if size > 0), key=lambda i: -sizes[i])
    total = sum(sizes[i] for i in order)
    x, y, width, height = box
    found: list[Box] = [(x, y, 0.0, 0.0)] * len(sizes)
    if not order or width <= 0 or height <= 0:
        return found
    scale = width * height / total
    areas = [sizes[i] * scale for i in order]
    at = 0
    while at < len(areas):
        side = min(width, height)
        end = at + 1
        while end < len(areas) and _worst(areas[at : end + 1], side) <= _worst(areas[at:end], side):
            end += 1
        row = areas[at:end]
        thick = sum(row) / side if side > 0 else 0.0
        along = x if width < height else y
        for index, area in enumerate(row):
            length = area / thick if thick > 0 else 0.0
            found[order[at + index]] = (
                (along, y, length, thick) if width < height else (x, along, thick, length)
            )
            along += length
        if width < height:
            y, height = y + thick, height - thick
        else:
            x, width = x + thick, width - thick
        at = end
    return found


def _worst(row: Sequence[float], side: float) -> float:
    total = sum(row)
    if total <= 0 or side <= 0:
        return float("inf")
    return max(side * side * max(row) / total**2, total**2 / (side * side * min(row)))
