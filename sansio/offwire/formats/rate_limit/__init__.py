"""What a server says of its rate limits, in header fields and in answers.

Rules of this room: whatever a server sends, reading it raises nothing, and gives no wait that is
negative, endless, or longer than `offwire.formats.server_wait.MOST_WAIT`. What only servers with
limits need is loaded when the first of them answers.
"""

from offwire.formats.rate_limit.reading import read_rate_limits
from offwire.formats.rate_limit.report import RateLimitReport

__all__ = ["RateLimitReport", "read_rate_limits"]
