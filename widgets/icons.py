"""The one set of SVG icons, tinted by colour and cached. Knows files and pixels, not widgets.

Lucide (ISC) for the window, Tabler (MIT) for the kinds of files; both are drawn on a 24 grid with
one stroke.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from resources import ROOT

STROKE = "1.75"
DENSITIES = (1.0, 1.5, 2.0, 3.0)

_BY_NAME = {
    "dockerfile": ("kind-docker", "blue"),
    "license": ("file-text", "muted"),
    "makefile": ("terminal", "muted"),
    ".gitignore": ("git-branch", "muted"),
    ".gitattributes": ("git-branch", "muted"),
}
_BY_SUFFIX = {
    "kind-python": ("blue", "py pyi pyw"),
    "kind-javascript": ("yellow", "js mjs cjs"),
    "kind-typescript": ("blue", "ts mts cts"),
    "kind-react": ("blue", "jsx tsx"),
    "kind-rust": ("red", "rs"),
    "kind-go": ("blue", "go"),
    "kind-html": ("red", "html htm"),
    "kind-css": ("blue", "css scss less sass"),
    "kind-cpp": ("accent", "cc cpp cxx hpp hh hxx"),
    "kind-c": ("accent", "c h"),
    "kind-java": ("red", "java jar"),
    "kind-php": ("accent", "php"),
    "kind-csharp": ("green", "cs"),
    "kind-kotlin": ("accent", "kt kts"),
    "kind-swift": ("red", "swift"),
    "kind-vue": ("green", "vue"),
    "kind-svelte": ("red", "svelte"),
    "kind-sql": ("yellow", "sql"),
    "kind-markdown": ("muted", "md markdown rst"),
    "braces": ("yellow", "json jsonc toml yaml yml ini cfg conf"),
    "terminal": ("green", "sh bash zsh fish ps1 bat"),
    "image": ("green", "png jpg jpeg gif svg webp bmp ico"),
    "lock": ("muted", "lock"),
    "file-text": ("muted", "txt log csv tsv"),
    "database": ("yellow", "db sqlite sqlite3 parquet"),
    "package": ("muted", "zip gz tar xz bz2 whl"),
}
_KINDS = {
    suffix: (name, role) for name, (role, all_) in _BY_SUFFIX.items() for suffix in all_.split()
}


def file_icon(path: str) -> tuple[str, str]:
    """The icon's name and the theme role of its colour for a file of this name."""
    name = PurePosixPath(path).name.lower()
    if name in _BY_NAME:
        return _BY_NAME[name]
    return _KINDS.get(name.rpartition(".")[2], ("file", "muted"))


class Icons:
    """Pixmaps of ``folder/name.svg`` in any colour, size and pixel density."""

    def __init__(self, folder: Path = ROOT / "icons") -> None:
        self._folder = folder
        self._sources: dict[str, bytes] = {}
        self._pixmaps: dict[tuple[str, str, int, float], QPixmap] = {}
        self._icons: dict[tuple[str, str, int], QIcon] = {}

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(path.stem for path in self._folder.glob("*.svg")))

    def pixmap(self, name: str, colour: str, size: int, density: float) -> QPixmap:
        """``size`` logical pixels square at ``density`` device pixels each; ``colour`` is
        ``#rrggbb``.

        Raises ``FileNotFoundError`` for a name that is not in the set.
        """
        key = (name, colour, size, density)
        found = self._pixmaps.get(key)
        if found is None:
            found = self._pixmaps[key] = self._render(name, colour, size, density)
        return found

    def icon(self, name: str, colour: str, size: int = 16) -> QIcon:
        """For menus and models, where Qt picks the density."""
        key = (name, colour, size)
        found = self._icons.get(key)
        if found is None:
            found = QIcon()
            for density in DENSITIES:
                found.addPixmap(self.pixmap(name, colour, size, density))
            self._icons[key] = found
        return found

    def _render(self, name: str, colour: str, size: int, density: float) -> QPixmap:
        source = self._sources.get(name)
        if source is None:
            source = self._sources[name] = (self._folder / f"{name}.svg").read_bytes()
        tinted = source.replace(b"currentColor", colour.encode())
        tinted = tinted.replace(b'stroke-width="2"', b'stroke-width="%s"' % STROKE.encode())
        pixels = max(1, round(size * density))
        pixmap = QPixmap(QSize(pixels, pixels))
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        QSvgRenderer(QByteArray(tinted)).render(painter, QRectF(0, 0, pixels, pixels))
        painter.end()
        pixmap.setDevicePixelRatio(density)
        return pixmap
