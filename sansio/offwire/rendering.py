"""Events as text and as fields, for logs and traces of one's own.

    def log(event: Event) -> None:
        logger.info(line(event), extra={"offwire": fields(event)})

Rules of this file: an event holds nothing secret, so nothing is masked here; all that is shown
was masked when the event was made.
"""

from __future__ import annotations

import attrs

from offwire.events import Event


def fields(event: Event) -> dict[str, str | int | float | None]:
    """The event's name and its parts, flat: `{"event": "attempt_ended", "status": 200, ...}`."""
    name = "".join(f"_{c.lower()}" if c.isupper() else c for c in type(event).__name__)
    return {"event": name.lstrip("_"), **attrs.asdict(event)}


def line(event: Event) -> str:
    """The event on one line: `attempt_ended call=3 attempt=1 status=200 elapsed=0.012`."""
    parts = fields(event)
    name = parts.pop("event")
    del parts["at"]
    shown = (
        f"{key}={value:.3f}" if isinstance(value, float) else f"{key}={value}"
        for key, value in parts.items()
        if value is not None
    )
    return " ".join([str(name), *shown])
