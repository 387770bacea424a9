"""`Group` and `Api`: operations put together, and wired by their annotations.

    class Users(Group[M]):
        @operation
        def get(self, id: int) -> Call[User]: ...

    class Shop(Api[M]):
        base_url = "https://api.shop.example"
        users: Users[M]

Rules of this file: a group holds no state of its own; whatever calls share is the engine's. The
annotation is the wiring: no group is made by hand.
"""

from __future__ import annotations

import sys
from collections.abc import Coroutine
from copy import copy
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar, cast, overload

from offwire.mode import Async, Client, M, Sync
from offwire.operations.options import NO_OPTIONS, Options
from offwire.operations.wiring import Absent, Names, groups_of, local_groups

if TYPE_CHECKING:
    from offwire.auth.credentials import FixedCredential
    from offwire.auth.fetched import TokenSource
    from offwire.engine import Engine, EngineSnapshot
    from offwire.operations.call import Call
    from offwire.policies import Policies

T = TypeVar("T")


class Group(Generic[M]):
    """Operations that belong together. Subclass it, and annotate an Api with the subclass.

    A group may be annotated with groups in turn: `shop.users.addresses.get(7)`.
    """

    _client: Client[M] = cast(
        "Client[M]", Absent("is not bound to a client: annotate an Api with it, and make the Api with one")
    )
    _engine: Engine
    _options: Options
    _local_groups: ClassVar[Names]

    def __init_subclass__(cls, **kwargs: object) -> None:
        """Take note of the groups that only the function around the class knows."""
        super().__init_subclass__(**kwargs)
        cls._local_groups = local_groups(cls, Group, sys._getframe(1))

    def _wire(
        self, client: Client[M], engine: Engine, options: Options, above: tuple[type[object], ...] = ()
    ) -> None:
        kind = type(self)
        self._client = client
        self._engine = engine
        self._options = options
        for name, each in groups_of(kind, Group).items():
            if each in above or each is kind:
                raise TypeError(f"{kind.__name__}.{name} leads back to {each.__name__}, which has no end")
            if issubclass(each, Api):
                raise TypeError(f"{kind.__name__}.{name} is an Api: annotate with Groups, and make each Api")
            group: Group[M] = cast("type[Group[M]]", each)()
            group._wire(client, engine, options, (*above, kind))
            setattr(self, name, group)


class Api(Group[M]):
    """A whole API: `Shop(client, auth=ApiKey(...))`.

    It owns its tokens, quotas, retry budget, breakers and cookies; the client owns connections.
    All calls of one Api share these, whatever task or thread they come from.
    """

    base_url: ClassVar[str] = ""
    """Where the API is; a deployment may say otherwise at construction."""
    policies: ClassVar[Policies | None] = None
    """How its calls behave, where it is not `Policies()`; a deployment may say otherwise at construction."""

    def __init__(
        self,
        client: Client[M],
        *,
        base_url: str | None = None,
        auth: FixedCredential | TokenSource | None = None,
        policies: Policies | None = None,
    ) -> None:
        """Bind the API to a client.

        Raises:
            ValueError: there is no base URL, or it is http to another machine although there are
                credentials to send.
            TypeError: a group holds itself, or an Api.
        """
        # Defining an API costs no engine: a program may import ten, and use one.
        from offwire.engine import Engine  # noqa: PLC0415
        from offwire.policies import Policies  # noqa: PLC0415

        engine = Engine(
            client.runtime,
            base_url=base_url or type(self).base_url,
            auth=auth,
            policies=policies or type(self).policies or Policies(),
        )
        self._wire(client, engine, NO_OPTIONS)

    @overload
    def send(self: Api[Sync], call: Call[T]) -> T: ...
    @overload
    def send(self: Api[Async], call: Call[T]) -> Coroutine[Any, Any, T]: ...
    def send(self, call: Call[Any]) -> object:
        """Perform a call that no operation has made: one put together by hand, or several in one.

        It has this API's credentials, quota and policies, as every call has. Under a client of mode
        Async it returns a coroutine.

        Raises:
            CallError: as operations do.
        """
        client: Client[M] = self._client
        return client.run(self._engine.perform(call, "send", self._options))

    def with_options(self, options: Options) -> Self:
        """A view of this API whose calls take `options`; tokens, quotas and the rest are shared."""
        view = copy(self)
        view._wire(self._client, self._engine, options.over(self._options))
        return view

    def snapshot(self) -> EngineSnapshot:
        """What the calls of this API share, as it stands: for looking in, and for tests."""
        return self._engine.snapshot()
