"""The stand-in of ESO Logs: its GraphQL service, its sign-in and its points, as a pure function.

`FakeEsoLogs` really executes documents, over a world that it invents by a seed. It needs
graphql-core: `pip install 'offwire[graphql]'`.
"""

from offwire.testing.esologs.points import CostFunction, Operation, Points, TableCost
from offwire.testing.esologs.server import EsoLogsStats, FakeEsoLogs
from offwire.testing.fake_faults import Faults

__all__ = ["CostFunction", "EsoLogsStats", "FakeEsoLogs", "Faults", "Operation", "Points", "TableCost"]
