"""Models: which are here, which fit, how quick they are, fetching and choosing them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.clean import one_line
from tui.port import ArchiveLike
from tui.screens.base import ArchiveScreen
from tui.screens.confirm import ConfirmScreen
from tui.widgets.keysline import KeysLine
from tui.widgets.notice import Notice
from tui.widgets.pullbar import PullBar
from tui.widgets.syncbar import SyncBar
from tui.words import count, duration, size
from tui.wrap import shorten

if TYPE_CHECKING:
    from archive.choosing import ModelRow
    from archive.models import Kind

CHUNKS_A_SECOND = 100
"""What two cores embed with a small embedder, to say about how long another one takes."""

_KINDS = {"llm": "words answers", "embedder": "finds by meaning", "language": "splits text"}


class ModelsScreen(ArchiveScreen):
    """A list to choose from, and all that is known of the one under the cursor."""

    AUTO_FOCUS = "#models"
    BINDING_GROUP_TITLE = "Among the models"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f8,q", "back", "Back"),
        Binding("p", "pull", "Pull", tooltip="Fetch this model; goes on", id="models.pull"),
        Binding("x", "stop", "Stop", tooltip="Stop fetching", id="models.stop"),
        Binding("u", "use", "Use", tooltip="Answer or embed with this one", id="models.use"),
        Binding("t", "time", "Time", tooltip="Measure its speed here", id="models.time"),
        Binding("tab", "app.focus_next", "Other pane", show=False),
    ]

    @dataclass
    class Listed(Message):
        """The models there are."""

        rows: Sequence[ModelRow]
        to_embed: int

    @dataclass
    class Taken(Message):
        """Another model answers or embeds from now on."""

        name: str
        kind: Kind

    @dataclass
    class Timed(Message):
        """A model's speed."""

        name: str
        tokens_s: float

    def compose(self) -> ComposeResult:
        """A line of facts, the list, and what is known of the one chosen."""
        yield Static("Models", id="about", markup=False)
        yield Notice()
        yield OptionList(id="models", markup=False)
        with VerticalScroll(id="details", can_focus=False):
            yield Static("", id="lines", markup=False)
        yield SyncBar()
        yield PullBar()
        yield KeysLine()

    def on_mount(self) -> None:
        """Nothing is known yet."""
        self._rows: Sequence[ModelRow] = ()
        self._to_embed = 0
        self._timing = ""
        self.query_one("#models").border_title = "● in use   + here   · not here"

    def on_screen_resume(self) -> None:
        """Something may have been fetched."""
        super().on_screen_resume()
        self.load()

    def load(self) -> None:
        """Look at the disk anew."""
        self.run_job(_listed)

    @on(Listed)
    def _show(self, event: Listed) -> None:
        self._rows, self._to_embed = event.rows, event.to_embed
        listed = self.query_one("#models", OptionList)
        at = listed.highlighted or 0
        width = max(40, listed.size.width - 4)
        listed.set_options([Option(_row(row, width)) for row in self._rows])
        listed.highlighted = min(at, len(self._rows) - 1) if self._rows else None
        here = [row for row in self._rows if row.installed]
        about = f"  ·  {len(here)} here, {size(sum(row.info.size_bytes for row in here))}"
        self.query_one("#about", Static).update(
            Content.styled("Models", "bold") + Content.styled(about, "$foreground 60%")
        )
        self._show_chosen()

    @on(OptionList.OptionHighlighted, "#models")
    def _show_chosen(self) -> None:
        row = self._chosen
        text = Content("Looking …") if row is None else _details(row, self._timing)
        self.query_one("#lines", Static).update(text)

    @property
    def _chosen(self) -> ModelRow | None:
        at = self.query_one("#models", OptionList).highlighted
        return self._rows[at] if at is not None and at < len(self._rows) else None

    # -- doing ----------------------------------------------------------------------------

    def action_pull(self) -> None:
        """Fetch the model under the cursor; what came before a stop is not fetched again."""
        row = self._chosen
        if row is None:
            return
        if row.installed:
            self.notify(f"{row.info.name} is here already.", markup=False, timeout=3)
        else:
            self.background.start_pull([row.info.name])

    def action_stop(self) -> None:
        """Stop fetching."""
        if self.background.pulling:
            self.background.stop_pull()
        else:
            self.notify("Nothing is being fetched.", timeout=3)

    @on(OptionList.OptionSelected, "#models")
    def action_use(self) -> None:
        """Answer or embed with the model under the cursor; fetch it if it is not here."""
        row = self._chosen
        if row is None or row.chosen:
            return
        if not row.installed:
            self.action_pull()
        elif row.info.kind == "embedder":
            self._ask_about_embedder(row)
        elif row.info.kind == "llm" and not row.fits:
            needs = f"It needs {size(row.info.memory_bytes)} of memory, less is free."
            self._ask_and_use(row, f"{needs} Close other programs first.")
        else:
            self._ask_and_use(row, "")

    def _ask_about_embedder(self, row: ModelRow) -> None:
        taken = duration(self._to_embed / CHUNKS_A_SECOND)
        self._ask_and_use(
            row,
            f"All {self._to_embed:,} chunks are embedded anew, about {taken} on two cores;"
            " until then what is not embedded yet is found by its words only.",
        )

    def _ask_and_use(self, row: ModelRow, about: str) -> None:
        def answered(yes: bool | None) -> None:
            if yes:
                self.run_job(partial(_use, name=row.info.name))

        fit = "The confidence is uncalibrated until it is fitted for these models (F9)."
        text = f"{about}\n\n{fit}".strip()
        self.app.push_screen(ConfirmScreen(f"Use {row.info.name}?", text, "Use it"), answered)

    @on(Taken)
    def _taken(self, event: Taken) -> None:
        self.load()
        self.background.load_models()
        if event.kind == "embedder":
            self.background.start_sync()
        self.notify(f"{event.name} is used from now on.", markup=False, timeout=4)

    def action_time(self) -> None:
        """Measure how quick the model under the cursor writes here."""
        row = self._chosen
        if row is None or self._timing:
            return
        self._timing = row.info.name
        self._show_chosen()
        self.run_job(partial(_measured, name=row.info.name))

    @on(Timed)
    def _timed(self, event: Timed) -> None:
        self._timing = ""
        said = f"{event.name} writes {event.tokens_s:.0f} tokens a second here."
        self.notify(said, markup=False, timeout=5)
        self.load()

    @on(ArchiveScreen.Failed)
    def _not_timed(self) -> None:
        self._timing = ""
        self._show_chosen()


def _listed(archive: ArchiveLike, _stop: Callable[[], bool]) -> Message:
    choice = archive.model_choice()
    return ModelsScreen.Listed(choice.rows(), choice.to_embed())


def _use(archive: ArchiveLike, _stop: Callable[[], bool], *, name: str) -> Message:
    return ModelsScreen.Taken(name, archive.model_choice().use(name))


def _measured(archive: ArchiveLike, stop: Callable[[], bool], *, name: str) -> Message:
    return ModelsScreen.Timed(name, archive.model_choice().measure(name, stop))


def _row(row: ModelRow, width: int) -> Content:
    mark = "●" if row.chosen else "+" if row.installed else "·"
    info = row.info
    fits = "fits" if row.fits else "does not fit"
    facts = [_KINDS[info.kind], size(info.size_bytes), fits]
    if row.tokens_s is not None:
        facts.append(f"{row.tokens_s:.0f} tokens/s")
    text = f"{mark} {one_line(info.name)}"
    rest = shorten("  ·  ".join(facts), max(10, width - len(text) - 4))[0]
    name = Content.styled(text, "bold" if row.installed else "$foreground 80%")
    return name + Content.styled(f"  {rest}", "$foreground 60%")


def _details(row: ModelRow, timing: str) -> Content:
    info = row.info
    speed = "not timed here yet; t times it" if info.kind == "llm" else "–"
    if row.tokens_s is not None:
        speed = f"{row.tokens_s:.0f} tokens a second, written here"
    if timing == info.name:
        speed = "timing …"
    state = "in use" if row.chosen else "here; u uses it" if row.installed else "p fetches it"
    fits = "fits in what is free" if row.fits else "more than is free now"
    facts = [
        ("state", state),
        ("does", info.summary or _KINDS[info.kind]),
        ("size", size(info.size_bytes)),
        ("memory", f"{size(info.memory_bytes)}, {fits}"),
        ("weights", row.quantization or "as published"),
        ("licence", info.licence),
        ("context", count(info.context_tokens, "token") if info.context_tokens else "–"),
        ("speed", speed),
        ("from", info.origin),
    ]
    lines = [Content.styled(one_line(info.name), "bold $accent")]
    for label, text in facts:
        lines.append(
            Content.styled(f"  {label:<8} ", "$foreground 60%") + Content(one_line(text))
        )
    return Content("\n").join(lines)
