"""The command `offwire`."""
