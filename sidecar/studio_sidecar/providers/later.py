"""Something heavy that is built at its first use, once, in a thread, so that nothing else waits for it meanwhile."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

Built = TypeVar("Built")


class Later(Generic[Built]):
    def __init__(self, build: Callable[[], Built]) -> None:
        self._build = build
        self._built: asyncio.Task[Built] | None = None

    async def get(self) -> Built:
        """The built thing. A failure is reported to those who wait for it, and the next call tries again."""
        # Shielded: one caller that is cancelled must not cancel it for the others.
        return await asyncio.shield(self.begin())

    def begin(self) -> asyncio.Task[Built]:
        """Starts building, unless that has been done."""
        if self._built is None or (self._built.done() and self._built.exception() is not None):
            self._built = asyncio.create_task(asyncio.to_thread(self._build))
        return self._built

    def built(self) -> Built | None:
        """The thing if it has been built, without building it."""
        if self._built is None or not self._built.done() or self._built.exception() is not None:
            return None
        return self._built.result()
