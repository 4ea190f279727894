"""Something heavy that is built at its first use, once, in a thread, so that nothing else waits for it meanwhile."""

import asyncio
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Built = TypeVar("Built")


class Later(Generic[Built]):
    def __init__(self, build: Callable[[], Built]) -> None:
        self._build = build
        self._built: asyncio.Future[Built] | None = None

    async def get(self) -> Built:
        """The built thing. A failure is reported to those who wait for it, and the next call tries again."""
        # Shielded: one caller that is cancelled must not cancel it for the others.
        return await asyncio.shield(self.begin())

    def begin(self) -> asyncio.Future[Built]:
        """Starts building, unless that has been done."""
        if self._built is None or (self._built.done() and self._built.exception() is not None):
            self._built = _in_thread(self._build)
        return self._built

    def built(self) -> Built | None:
        """The thing if it has been built, without building it."""
        if self._built is None or not self._built.done() or self._built.exception() is not None:
            return None
        return self._built.result()


def _in_thread(build: Callable[[], Built]) -> asyncio.Future[Built]:
    """Like `asyncio.to_thread`, in a thread that does not hold up the end of the process."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Built] = loop.create_future()

    def report(result: Built | None, error: Exception | None) -> None:
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # pyright: ignore[reportArgumentType] - without an error there is a result

    def work() -> None:
        try:
            result = build()
        except Exception as error:
            loop.call_soon_threadsafe(report, None, error)
        else:
            loop.call_soon_threadsafe(report, result, None)

    threading.Thread(target=work, name="later", daemon=True).start()
    return future
