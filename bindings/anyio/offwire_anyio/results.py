"""`AsyncResults`: a function called for many items, in tasks, as the results are asked for.

Rules of this file: items are taken by the consumer's task, one by one, and never more than
`concurrency` ahead of it. The first error ends the rest, and is raised where results are asked
for, as itself. A block that has been left has no task.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Iterator
from types import TracebackType
from typing import Generic, TypeVar, final

from anyio import CancelScope, Event, create_task_group
from anyio.abc import TaskGroup

from offwire.errors import UsageError

A = TypeVar("A")
R = TypeVar("R")


@final
class AsyncResults(Generic[A, R]):
    """An asynchronous iterator over the results, for one `async with` block, which ends all calls."""

    def __init__(
        self,
        function: Callable[[A], Awaitable[R]],
        items: Iterable[A] | AsyncIterable[A],
        *,
        concurrency: int,
        ordered: bool,
    ) -> None:
        """Call `function` in tasks.

        Raises:
            ValueError: `concurrency` is below 1.
        """
        if concurrency < 1:
            raise ValueError(f"concurrency is a number of calls from 1, not {concurrency!r}")
        self._function = function
        self._items: Iterator[A] | AsyncIterator[A] = (
            aiter(items) if isinstance(items, AsyncIterable) else iter(items)
        )
        self._concurrency = concurrency
        self._ordered = ordered
        self._tasks: TaskGroup | None = None
        # Each call has a scope of its own, since cancelling the task group would cancel the consumer.
        self._scopes: set[CancelScope] = set()
        self._exhausted = False
        self._over = False
        self._begun = 0
        self._given = 0
        self._results: dict[int, R] = {}
        self._error: Exception | None = None
        self._changed = Event()

    async def __aenter__(self) -> AsyncIterator[R]:
        """Let calls begin, as results are asked for.

        Raises:
            UsageError: it has been entered before.
        """
        if self._tasks is not None:
            raise UsageError("results are for one async with block: map again for another one")
        self._tasks = await create_task_group().__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Cancel all calls, and wait until they have ended."""
        assert self._tasks is not None
        self._end()
        if isinstance(error, Exception):
            # The group would wrap it up in another one.
            kind, error, trace = None, None, None
        await self._tasks.__aexit__(kind, error, trace)

    def __aiter__(self) -> AsyncIterator[R]:
        return self

    async def __anext__(self) -> R:
        """The next result: in the items' order, or where that does not count as they come.

        Raises:
            UsageError: this is not inside of the `async with` block.
            Exception: the first error of any call, or of the items themselves.
        """
        if self._tasks is None:
            raise UsageError(
                "results are asked for inside of a block: async with client.map(...) as results:"
            )
        await self._fill(self._tasks)
        if self._over or self._given == self._begun:
            self._end()
            raise StopAsyncIteration
        while self._error is None and not self._is_ready():
            self._changed = Event()
            await self._changed.wait()
        if self._error is not None:
            self._end()
            raise self._error
        index = self._given if self._ordered else next(iter(self._results))
        self._given += 1
        return self._results.pop(index)

    def _is_ready(self) -> bool:
        return self._given in self._results if self._ordered else bool(self._results)

    async def _fill(self, tasks: TaskGroup) -> None:
        """Begin calls until there are enough of them."""
        while not (self._exhausted or self._over) and self._begun - self._given < self._concurrency:
            try:
                item = (
                    await anext(self._items) if isinstance(self._items, AsyncIterator) else next(self._items)
                )
            except (StopIteration, StopAsyncIteration):
                self._exhausted = True
            except BaseException:
                self._end()
                raise
            else:
                tasks.start_soon(self._call, self._begun, item)
                self._begun += 1

    async def _call(self, index: int, item: A) -> None:
        if self._error is not None or self._over:
            return
        with CancelScope() as scope:
            self._scopes.add(scope)
            try:
                self._results[index] = await self._function(item)
            except Exception as error:  # noqa: BLE001 - it is raised where results are asked for
                if self._error is None:
                    self._error = error
                    self._cancel_calls()
            finally:
                self._scopes.discard(scope)
        self._changed.set()

    def _end(self) -> None:
        self._over = True
        self._cancel_calls()

    def _cancel_calls(self) -> None:
        for scope in tuple(self._scopes):
            scope.cancel()
