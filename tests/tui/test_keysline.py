"""The line of keys: what it shows, what a click on it does, how seldom it is drawn."""

from __future__ import annotations

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from tests.tui.conftest import Until
from tui.widgets.keysline import KeysLine


class Typing(Input):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+t", "shout", "Shout")]


class Some(App[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5,f6", "count", "Count", tooltip="One more"),
        Binding("f7", "never", "Never"),
        Binding("f8", "hidden", "Hidden", show=False),
        Binding("f1", "help", "Help", key_display="?"),
    ]
    counted = 0

    def compose(self) -> ComposeResult:
        yield Typing(id="one")
        yield Input(id="other")
        yield KeysLine()

    def action_count(self) -> None:
        self.counted += 1

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return None if action == "never" else True


def written(app: Some) -> str:
    return app.query_one(KeysLine).render().plain.rstrip()


async def test_the_keys_of_the_focused_widget_come_first_and_change_with_it(
    until: Until,
) -> None:
    app = Some()
    async with app.run_test(size=(60, 10)) as pilot:
        await until(pilot, lambda: written(app) == "^t Shout f5 Count f7 Never ? Help")
        dim = [
            span for span in app.query_one(KeysLine).render().spans if "dim" in str(span.style)
        ]
        assert len(dim) == 2  # the key and the word of what does nothing here
        app.query_one("#other").focus()
        await until(pilot, lambda: written(app) == "f5 Count f7 Never ? Help")
        await pilot.resize_terminal(20, 10)
        await until(pilot, lambda: written(app) == "f5 Count ? Help")


async def test_a_click_on_a_key_is_that_key(until: Until) -> None:
    app = Some()
    async with app.run_test(size=(60, 10)) as pilot:
        await until(pilot, lambda: "Count" in written(app))
        await pilot.click(KeysLine, offset=(written(app).index("Count"), 0))
        await until(pilot, lambda: app.counted == 1)
        assert app.query_one(KeysLine)._at(written(app).index("Count")) is not None
        await pilot.hover(KeysLine, offset=(written(app).index("f5"), 0))
        await until(pilot, lambda: app.query_one(KeysLine).tooltip == "One more")
        await pilot.click(KeysLine, offset=(59, 0))
        await pilot.pause()
        assert app.counted == 1


async def test_it_is_drawn_again_only_if_a_key_has_changed(until: Until) -> None:
    app = Some()
    async with app.run_test(size=(60, 10)) as pilot:
        await until(pilot, lambda: "Shout" in written(app))
        line = app.query_one(KeysLine)
        drawn: list[bool] = []
        line.refresh = lambda *_, **__: drawn.append(True) or line  # type: ignore
        app.refresh_bindings()
        await pilot.pause()
        assert not drawn
        app.query_one("#other").focus()
        await until(pilot, lambda: drawn)
