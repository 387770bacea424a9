"""`RateLimitReport`: what a server says of one of its limits.

Rules of this file: what a server does not say is None, never a guess; what it says has been checked
by whoever made the report.
"""

from __future__ import annotations

from attrs import frozen


@frozen(kw_only=True)
class RateLimitReport:
    """What one answer says of one limit. None stands for what it does not say."""

    limit: int | None
    """Units in a whole window."""
    remaining: float | None
    """Units left in this window; 0 or more."""
    reset_after: float | None
    """Seconds until the window ends; 0 where it has ended."""
    name: str | None = None
    """Which limit this is, where the server names it: a policy, a resource, a bucket."""
