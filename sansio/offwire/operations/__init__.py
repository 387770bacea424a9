"""Operations: an API written once, as pure functions."""

from offwire.operations.call import Call
from offwire.operations.descriptors import operation, pages
from offwire.operations.expect import Expect
from offwire.operations.group import Api, Group
from offwire.operations.options import Options
from offwire.operations.paging import Pages

__all__ = ["Api", "Call", "Expect", "Group", "Options", "Pages", "operation", "pages"]
