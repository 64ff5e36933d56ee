"""Pages that stand in place of the editor: settings and connecting.

Knows the forms, stores nothing itself.
"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.bridge import Door
from app.connecting import Connecting, values_of
from app.reach import BUILTIN, Reach
from app.spending import Spending, SpendingPage
from app.window import Window
from assistant.settings import Settings
from widgets.settingsform import Field, Section, SettingsForm

WORDS = {
    "theme": (("system", "Like the desktop"), ("night", "Dark"), ("day", "Light"),
              ("contrast", "High contrast")),
    "effort": (("off", "Off"), ("low", "Low"), ("medium", "Medium"), ("high", "High"),
               ("max", "Max")),
    "autonomy": (("ask", "Ask: answers only"), ("edit", "Edit: proposes hunks"),
                 ("agent", "Agent: works by itself")),
    "care": (("quick", "Quick: one call"), ("checked", "Checked: mended once"),
             ("council", "Council: best of three")),
    "protocol": (("chat", "OpenAI Chat Completions"), ("responses", "OpenAI Responses"),
                 ("messages", "Anthropic Messages"), ("ollama", "Ollama"), ("gemini", "Gemini")),
}  # fmt: skip
SECTIONS = (
    Section(
        "Looks",
        (
            Field("theme", "Theme", "choice", choices=WORDS["theme"]),
            Field("font_size", "Code size", "number", minimum=6, maximum=40, unit="pt"),
            Field("wrap", "Wrap long lines", "bool"),
            Field("whitespace", "Show blanks and tabs", "bool"),
            Field(
                "mark_models",
                "Mark lines that a model wrote",
                "bool",
                "A dotted bar beside them; hovering tells who, why and at what cost either way.",
            ),
            Field("pairs", "Close brackets and quotes while typing", "bool"),
            Field(
                "completion",
                "Offer words while typing",
                "bool",
                "From open files and the project's symbols, without a model. Tab takes one.",
            ),
            Field("terminal_lines", "Lines a terminal keeps", "number", minimum=100, maximum=2e5),
        ),
    ),
    Section(
        "Models",
        (
            Field("ai", "Use models", "bool", help="Off: no socket is opened, by anything."),
            Field("effort", "Thinking", "choice", choices=WORDS["effort"]),
            Field("autonomy", "Autonomy", "choice", choices=WORDS["autonomy"]),
            Field("care", "Care for edits", "choice", choices=WORDS["care"]),
            Field(
                "hub",
                "Models for this machine come from",
                placeholder="https://huggingface.co",
                help="A mirror within your reach, when the usual hub is not.",
            ),
            Field("context_tokens", "Context", "number", minimum=1000, maximum=1e6, unit="tokens"),
        ),
    ),
    Section(
        "Agent",
        (
            Field("agent_steps", "Most steps", "number", maximum=1000),
            Field("agent_minutes", "Most time", "number", maximum=1440, unit="min"),
            Field("agent_tokens", "Most tokens", "number", maximum=1e9),
        ),
        help="A run that works by itself ends here; “go on” continues it. 0 means no limit.",
    ),
    Section(
        "Spending",
        (
            Field("cap_per_edit", "Most for one edit or run", "number", decimals=2, unit="$"),
            Field("cap_per_day", "Most for one day", "number", decimals=2, unit="$"),
        ),
        help="A reply that would cost more is stopped. 0 means no limit.",
    ),
    Section(
        "A server by its address",
        (
            Field("custom.base_url", "Address", placeholder="http://127.0.0.1:8080/v1"),
            Field("custom.model", "Model", placeholder="as the server calls it"),
            Field("custom.protocol", "Protocol", "choice", choices=WORDS["protocol"]),
            Field("custom.key", "Key", "secret", help="Goes into the system's keyring."),
        ),
        help="Any server that speaks one of these protocols. It is stored once it has answered.",
    ),
)


_WHOLE = ("terminal_lines", "context_tokens", "agent_steps", "agent_tokens")
"""Settings that are whole numbers."""
WORK = {
    "edit": ("Edits", "In place, and all other work that has no model of its own", "The first one"),
    "repair": (
        "Repairs",
        "Mends an edit that the checks found wrong, and writes a draft of a council",
        "As for edits",
    ),
    "chat": ("Questions in the panel", "", "As for edits"),
    "judge": (
        "Second opinions",
        "Reads proposed hunks and says what it doubts; settles a tie between drafts",
        "As for questions",
    ),
    "summary": (
        "Summaries",
        "The older part of a conversation that does not fit a window any more",
        "As for questions",
    ),
    "commit": ("Commit messages", "Written only when you ask for one", "As for summaries"),
}
"""Role to its title, what it is for, and what stands for no choice."""
_KNOBBED = ("edit", "chat")
_UNSET_EFFORT = {
    "edit": "Thinking as set above",
    "repair": "As for the edit",
    "chat": "Thinking as set above",
}


def _roles(names: tuple[str, ...]) -> Section:
    """Who does what: the model, how long it thinks, who answers when it cannot."""
    fields = []
    for role, (title, about, unset) in WORK.items():
        models = (("", unset), *((name, name) for name in names), (BUILTIN, BUILTIN))
        if role not in _KNOBBED:
            models = models[:-1]  # the built-in edits write no prose
        first = ("", _UNSET_EFFORT.get(role, "No thinking"))
        levels = [w for w in WORDS["effort"] if role in _KNOBBED or w[0] != "off"]
        efforts = (first, *((value, f"Thinking: {words.lower()}") for value, words in levels))
        then = (("", "then nobody"), *((name, f"then {name}") for name in names))
        parts = (
            Field(f"role.{role}.model", "Model", "choice", choices=models, maximum=4),
            Field(f"role.{role}.effort", "Thinking", "choice", choices=efforts, maximum=3),
            Field(f"role.{role}.then1", "If it cannot answer", "choice", choices=then, maximum=3),
            Field(f"role.{role}.then2", "After that", "choice", choices=then, maximum=3),
        )
        fields.append(Field(f"role.{role}", title, "row", help=about, parts=parts))
    about = "When a model cannot answer, the next one does, and the answer says so."
    return Section("Who does what", tuple(fields), about, ("role", "fallback", "model"))


def role_settings(settings: Settings, key: str, value: str) -> dict[str, object]:
    """The settings that change when ``role.NAME.PART`` becomes ``value``."""
    _, role, part = key.split(".")
    if part == "model":
        return {"roles": _with(settings.roles, role, value)}
    if part == "effort":
        return {"efforts": _with(settings.efforts, role, value)}
    chain = [*settings.fallbacks.get(role, ()), "", ""][:2]
    chain[int(part[-1]) - 1] = value
    kept = tuple(dict.fromkeys(name for name in chain if name))
    return {"fallbacks": _with(settings.fallbacks, role, kept)}


def _with(table: Mapping[str, object], key: str, value: object) -> dict[str, object]:
    """The table with one entry changed, or without it where there is nothing."""
    rest = {name: kept for name, kept in table.items() if name != key}
    return {**rest, key: value} if value else rest


class Pages(QObject):
    """Made when first asked for, so that they cost nothing at start."""

    settings_wished = Signal(dict)
    setting_requested = Signal(str)

    def __init__(
        self,
        window: Window,
        connecting: Connecting,
        door: Door,
        reach: Reach,
    ) -> None:
        super().__init__(window)
        self._door, self._reach = door, reach
        self._window, self._connecting = window, connecting
        self._box = box = connecting.box
        self._form: SettingsForm | None = None
        self._names: tuple[str, ...] = ()
        self._settings = Settings()
        self._before: QWidget | None = None
        self._spending: Spending | None = None
        self._spending_page: SpendingPage | None = None
        window.stack.addWidget(box)
        window.stack.currentChanged.connect(self._on_front)
        box.closed.connect(self.close)

    def settings(self, settings: Settings, name: str = "") -> None:
        """The form, with the keys in the setting of this name, or in the search."""
        names = tuple(str(row["name"]) for row in settings.connections)
        if self._form is None or names != self._names:
            old, self._names = self._form, names
            self._form = SettingsForm(self._window.look, (*SECTIONS, _roles(names)))
            self._form.changed.connect(self._on_changed)
            self._form.closed.connect(self.close)
            self._window.stack.addWidget(self._form)
            if old is not None:
                self._window.stack.removeWidget(old)
                old.deleteLater()
        self._settings = settings
        self._form.set_values(values_of(settings))
        self._open(self._form)
        self._form.focus(name)

    def spending(self, project: str, cap: float) -> None:
        """What was spent: today, here, and in the last two weeks."""
        if self._spending is None:
            page = self._spending_page = SpendingPage(self._window.look)
            page.closed.connect(self.close)
            page.limit_requested.connect(self._on_limit_requested)
            self._window.stack.addWidget(page)
            self._spending = Spending(self._door, self._reach, page)
        self._spending.refresh(project, cap)
        if self._spending_page is not None:
            self._open(self._spending_page)
            self._spending_page.setFocus()

    def connect_model(self) -> None:
        self._connecting.look()
        self._open(self._box)
        self._box.setFocus()

    def show_values(self, settings: Settings) -> None:
        self._settings = settings
        if self._form is not None:
            self._form.set_values(values_of(settings))

    def _open(self, page: QWidget) -> None:
        current = self._window.stack.currentWidget()
        if not self._is_page(current):
            self._before = current
        self._window.stack.setCurrentWidget(page)

    def _is_page(self, widget: QWidget | None) -> bool:
        return widget in (self._form, self._box, self._spending_page)

    @Slot(int)
    def _on_front(self, _index: int) -> None:
        front = self._window.stack.currentWidget()
        self._window.review.stand_aside(front is not None and self._is_page(front))

    @Slot()
    def _on_limit_requested(self) -> None:
        self.setting_requested.emit("cap_per_day")

    @Slot()
    def close(self) -> None:
        """Back to what was in front."""
        if self._before is not None and self._window.stack.indexOf(self._before) >= 0:
            self._window.stack.setCurrentWidget(self._before)
            self._before.setFocus()
        else:
            self._window.show_welcome()

    @Slot(str, object)
    def _on_changed(self, key: str, value: object) -> None:
        if key.startswith("custom."):
            self._connecting.set_custom(key.removeprefix("custom."), str(value))
        elif key.startswith("role."):
            self.settings_wished.emit(role_settings(self._settings, key, str(value)))
        else:
            if key in _WHOLE and isinstance(value, float):
                value = int(value)
            self.settings_wished.emit({key: value})
