"""A picture becomes what a model may see: small enough, and nothing but pixels.

Blocks for a moment: ask for it through the door. Metadata such as the place of a photo is dropped.
"""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QImage, QImageReader, QPainter

from assistant.errors import ContextError
from assistant.images import LONGEST_SIDE, picture_tokens
from assistant.types import Image, Mention
from widgets.statusbar import tokens

_LARGEST_PNG = 3_000_000
_MOST_PIXELS_MB = 400


def mention_of(title: str, source: QImage | bytes) -> Mention:
    """A mention with the picture in it. Raises ContextError for what is no picture."""
    image = _decoded(title, source) if isinstance(source, bytes) else source
    if image.isNull():
        raise ContextError(f"{title} is no picture.", "Choose a PNG, JPEG, GIF or WebP file.")
    if max(image.width(), image.height()) > LONGEST_SIDE:
        image = image.scaled(
            LONGEST_SIDE,
            LONGEST_SIDE,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
    plain = _pixels(image)
    data, kind = _encoded(plain, "PNG"), "image/png"
    if len(data) > _LARGEST_PNG:
        data, kind = (
            _encoded(plain.convertToFormat(QImage.Format.Format_RGB32), "JPG"),
            "image/jpeg",
        )
    words = f"{plain.width()} × {plain.height()} · ≈ {tokens(picture_tokens(data))} tokens"
    return Mention("image", title, words, picture=Image(kind, data))


def _decoded(title: str, data: bytes) -> QImage:
    """Turned upright; a picture that would take too much memory is refused by the reader."""
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setAutoTransform(True)
    QImageReader.setAllocationLimit(_MOST_PIXELS_MB)
    image = reader.read()
    if image.isNull() and reader.error() != QImageReader.ImageReaderError.UnsupportedFormatError:
        raise ContextError(f"{title} cannot be read: {reader.errorString().rstrip('.')}.")
    return image


def _pixels(image: QImage) -> QImage:
    """A new picture painted from the old: texts and tags stay behind."""
    fresh = QImage(image.size(), QImage.Format.Format_ARGB32)
    fresh.fill(Qt.GlobalColor.transparent)
    painter = QPainter(fresh)
    painter.drawImage(0, 0, image)
    painter.end()
    return fresh


def _encoded(image: QImage, form: str) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, form, 85 if form == "JPG" else -1):  # type: ignore[call-overload]
        raise ContextError(f"The picture could not be written as {form}.")
    return bytes(buffer.data().data())
