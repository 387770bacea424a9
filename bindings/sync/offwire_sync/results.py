"""`Results`: a function called for many items, on a few threads, as the results are asked for.

Rules of this file: items are taken by the consumer's thread, one by one, and never more than
`concurrency` ahead of it. The first error ends the rest. A block that has been left has no thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from queue import SimpleQueue
from threading import Condition, Thread
from types import TracebackType
from typing import Generic, TypeVar, final

from offwire.errors import UsageError
from offwire_sync.scope import Scope, inside

A = TypeVar("A")
R = TypeVar("R")


@final
class Results(Generic[A, R]):
    """An iterator over the results, for one `with` block, which ends all calls when left.

    Leaving it waits for requests that are on the wire: a thread cannot be torn away from one.
    """

    def __init__(
        self,
        function: Callable[[A], R],
        items: Iterable[A],
        *,
        concurrency: int,
        ordered: bool,
        scope: Scope,
    ) -> None:
        """Call `function` in threads, inside of `scope`, which is this one's to end.

        Raises:
            ValueError: `concurrency` is below 1.
        """
        if concurrency < 1:
            raise ValueError(f"concurrency is a number of calls from 1, not {concurrency!r}")
        self._function = function
        self._items = iter(items)
        self._concurrency = concurrency
        self._ordered = ordered
        self._scope = scope
        self._jobs: SimpleQueue[tuple[int, A] | None] = SimpleQueue()
        self._threads: list[Thread] = []
        self._entered = False
        self._exhausted = False
        self._over = False
        self._begun = 0
        self._given = 0
        # What the threads share with the consumer:
        self._changed = Condition()
        self._running = 0
        self._results: dict[int, R] = {}
        self._error: BaseException | None = None

    def __enter__(self) -> Iterator[R]:
        """Let calls begin, as results are asked for.

        Raises:
            UsageError: it has been entered before.
        """
        if self._entered:
            raise UsageError("results are for one with block: map again for another one")
        self._entered = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End all calls, and wait for their threads."""
        self._over = True
        self._scope.end()
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def __iter__(self) -> Iterator[R]:
        return self

    def __next__(self) -> R:
        """The next result: in the items' order, or where that does not count as they come.

        Raises:
            UsageError: this is not inside of the `with` block.
            Exception: the first error of any call, or of the items themselves.
        """
        if not self._entered:
            raise UsageError("results are asked for inside of a block: with client.map(...) as results:")
        self._fill()
        if self._over or self._given == self._begun:
            raise StopIteration
        with self._changed:
            while self._error is None and not self._is_ready():
                self._changed.wait()
            if self._error is None:
                index = self._given if self._ordered else next(iter(self._results))
                self._given += 1
                return self._results.pop(index)
        self._over = True
        raise self._error

    def _is_ready(self) -> bool:
        return self._given in self._results if self._ordered else bool(self._results)

    def _fill(self) -> None:
        """Begin calls until there are enough of them."""
        while not (self._exhausted or self._over) and self._begun - self._given < self._concurrency:
            try:
                item = next(self._items)
            except StopIteration:
                self._exhausted = True
                return
            except BaseException:
                self._over = True
                self._scope.end()
                raise
            with self._changed:
                self._running += 1
                needed = self._running
            self._jobs.put((self._begun, item))
            self._begun += 1
            if needed > len(self._threads):
                thread = Thread(target=self._work, name=f"offwire-map-{len(self._threads)}", daemon=True)
                self._threads.append(thread)
                thread.start()

    def _work(self) -> None:
        with inside(self._scope):
            while (job := self._jobs.get()) is not None:
                self._call(*job)

    def _call(self, index: int, item: A) -> None:
        try:
            self._scope.check()
            result = self._function(item)
        except BaseException as error:  # noqa: BLE001 - the consumer's thread raises it
            with self._changed:
                self._running -= 1
                if self._error is None:
                    self._error = error
                    self._scope.end()
                self._changed.notify()
        else:
            with self._changed:
                self._running -= 1
                self._results[index] = result
                self._changed.notify()
