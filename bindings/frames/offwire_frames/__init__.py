"""Answers as tables of polars or pandas: `to_polars(events)`, `polars_frame(pages, Event)`.

    to_polars(page.columns for page in eso.reports.event_columns(code))

Rules of this package: what columns a table has, and of which types, follows from the attrs class of
a row alone, so that the tables of two pages always fit together. What is read of a page, and what a
column holds, `offwire.formats.columns` decides; here it is only handed on. polars and pandas are
loaded when a table is first made.
"""

from offwire_frames.in_pandas import pandas_frame, to_pandas
from offwire_frames.in_polars import polars_frame, to_polars

__all__ = [
    "pandas_frame",
    "polars_frame",
    "to_pandas",
    "to_polars",
]
