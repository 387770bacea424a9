"""Messages: frozen values, checked at birth, that know no network."""

from offwire.message.body import Body
from offwire.message.headers import Headers
from offwire.message.request import Request
from offwire.message.response import Response
from offwire.message.url import Url

__all__ = ["Body", "Headers", "Request", "Response", "Url"]
