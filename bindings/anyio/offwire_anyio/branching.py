"""Flows side by side, each in a task: `Gather` and `Race`.

Rules of this file: whatever decides, no flow is stepped after it. A cancel reaches a task only when the
event loop comes to it, so the flows are closed before. None is left open.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

from anyio import create_task_group

from offwire.flow import Flow

T = TypeVar("T")


class Driver(Protocol):
    """Who drives the flows; `AsyncClient` is one."""

    async def branch(self, flow: Flow[T]) -> T:
        """Drive the flow to its end."""
        ...

    def may_be_closed(self, flow: Flow[Any]) -> bool:
        """Whether the flow is at nothing that a cancel has to wait for."""
        ...

    def end(self, flow: Flow[Any]) -> None:
        """Close the flow. No-op where it has ended."""
        ...


async def gathered(driver: Driver, flows: tuple[Flow[Any], ...]) -> list[object]:
    """The results of all flows, in order.

    Raises:
        Exception: the first that one of them raises; the others have been closed.
    """
    results: list[object] = [None] * len(flows)
    first: Exception | None = None

    async def child(index: int, flow: Flow[Any]) -> None:
        nonlocal first
        if first is not None:
            return
        try:
            results[index] = await driver.branch(flow)
        except Exception as error:  # noqa: BLE001 - it is raised as itself, not as a group
            if first is None:
                first = error
                group.cancel_scope.cancel()

    try:
        async with create_task_group() as group:
            for index, flow in enumerate(flows):
                group.start_soon(child, index, flow)
    finally:
        for flow in flows:
            driver.end(flow)
    if first is not None:
        raise first
    return results


async def raced(driver: Driver, flows: tuple[Flow[Any], ...]) -> object:
    """The first result that is not None; None where no flow has one. The others have been closed.

    Raises:
        Exception: what one of them raises first.
    """
    ends: list[tuple[object, Exception | None]] = []  # the first one, once it is there

    async def child(flow: Flow[Any]) -> None:
        if ends:
            return
        value: object = None
        error: Exception | None = None
        try:
            value = await driver.branch(flow)
        except Exception as raised:  # noqa: BLE001 - it is raised as itself, not as a group
            error = raised
        if not ends and (value is not None or error is not None):
            ends.append((value, error))
            group.cancel_scope.cancel()
            for each in flows:
                if driver.may_be_closed(each):
                    driver.end(each)

    try:
        async with create_task_group() as group:
            for flow in flows:
                group.start_soon(child, flow)
    finally:
        for flow in flows:
            driver.end(flow)
    result, first = ends[0] if ends else (None, None)
    if first is not None:
        raise first
    return result
