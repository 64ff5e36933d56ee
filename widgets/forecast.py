"""What a request will weigh and cost, beside the button that sends it. Pressing it shows what
leaves.

Knows parcels, sends nothing.
"""

from __future__ import annotations

from assistant.events import Parcel, Terms
from widgets.look import Look
from widgets.statusbar import tokens
from widgets.wordbutton import WordButton

NAME = "Show what will be sent"
_SENT = "Show what was sent"


def cost_words(terms: Terms) -> str:
    """``$0.02–0.05``, ``free, local``, ``nothing leaves``, or a dash for an unknown price."""
    if not terms.leaves:
        return "nothing leaves"
    if terms.low is None or terms.high is None:
        return "—"
    if terms.high == 0:
        return "free, local" if terms.local else "free"
    return range_words(terms.low, terms.high)


def range_words(low: float, high: float) -> str:
    """Dollars with as many digits as the larger one needs."""
    digits = 2 if high >= 0.1 else 3 if high >= 0.01 else 4
    least, most = f"{low:.{digits}f}", f"{high:.{digits}f}"
    if float(most) == 0:
        return f"<${10**-digits:.{digits}f}"
    if least == most:
        return f"${most}"
    return f"up to ${most}" if float(least) == 0 else f"${least}–{most}"


class Forecast(WordButton):
    """An eye, and beside it the words while there is something to send."""

    def __init__(self, look: Look) -> None:
        super().__init__(look, "eye", NAME, size=11)
        self._parcel: Parcel | None = None
        self._run = ""
        self._compact = False

    def parcel(self) -> Parcel | None:
        return self._parcel

    def run(self) -> str:
        """The run that sent it; empty while it has not left."""
        return self._run

    def show_parcel(self, parcel: Parcel | None, *, run: str = "") -> None:
        """``run`` has sent it already."""
        self._parcel, self._run = parcel, run
        self._tell()

    def set_compact(self, compact: bool) -> None:
        """Only the price, where there is no room for more."""
        if compact != self._compact:
            self._compact = compact
            self._tell()

    def _tell(self) -> None:
        name = _SENT if self._run else NAME
        self._name = name
        parcel = self._parcel
        keys = self._look.keys.get("chat.context", "")
        if parcel is None:
            self.show_word("", f"{name}  {keys}".strip())
            return
        terms, about = parcel.terms, f"≈ {tokens(parcel.tokens)} tokens"
        cost = cost_words(terms)
        if not terms.leaves:
            words = cost
        elif self._run:
            words = f"sent {about}"
        elif self._compact:
            words = about.removesuffix(" tokens") if cost == "—" else cost
        else:
            words = f"{about} · {cost}"
        if terms.leaves and not self._run and terms.calls > 1 and not self._compact:
            words += f" · up to {terms.calls} calls"
        window = f" of {tokens(terms.window)}" if terms.window else ""
        price = "price not known" if cost == "—" else cost
        detail = f"{name}. {about}{window} for {parcel.model}, {price}."
        if terms.thinks is None and cost not in ("—", "free", "free, local"):
            detail += " Whether it thinks is not known; the upper price is with thinking."
        if terms.calls > 1:
            detail += f" Up to {terms.calls} calls; the price is that of all of them."
        if parcel.redactions:
            detail += f" {parcel.redactions} secrets masked."
        detail = detail if terms.leaves else f"{name}. Nothing leaves this machine."
        self.show_word(words, f"{detail}  {keys}".strip())
