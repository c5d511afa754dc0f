"""What every line one types into has in common."""

from __future__ import annotations

from textual.events import Key
from textual.widgets import Input


class Line(Input):
    """Does its keys in the order they were typed, and leaves `?` to the help."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Every letter but `?`, so that the footer goes on naming it."""
        return character != "?" and super().check_consume_key(key, character)

    async def _on_key(self, event: Key) -> None:
        """`?` in the empty line asks for help: nothing one types begins with it.

        A letter is written by the line, but Backspace and the like are bound, and bindings
        are looked up by the app once the key has come back to it through the queues of all
        that is around the line. Letters typed meanwhile would overtake it, so the line does
        what is bound to it at once.
        """
        if event.character == "?" and not self.value:
            event.stop()
            event.prevent_default()
            await self.app.run_action("app.help")
        elif not event.is_printable:
            bound = self.screen.active_bindings.get(event.key)
            if bound is not None and bound.node is self and bound.enabled:
                event.stop()
                await self.app.run_action(bound.binding.action, self)
