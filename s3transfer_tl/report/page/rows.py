"""The rows of a table as the page's script reads them: few bytes a row, and safe inside a script element."""

from __future__ import annotations

import os.path
from collections.abc import Sequence
from typing import Any

from s3transfer_tl.report.page import exact
from s3transfer_tl.report.page.parts import Cell, Column, Table

FIRST = 25  # rows of a table that are read without a script; a page of it has as many


def data(table: Table) -> str:
    """Return ``{"columns": [...], "rows": [...]}``: a cell of a choice is the number of its text in the
    column's ``values``, a key begins with the column's ``base``."""
    columns = [list(cells) for cells in zip(*table.rows, strict=True)] or [[] for _ in table.columns]
    heads, packed = [], []
    for column, cells in zip(table.columns, columns, strict=True):
        head, short = _packed(column, cells)
        heads.append(head)
        packed.append(short)
    return exact.script_data({"columns": heads, "rows": list(zip(*packed, strict=True))})


def _packed(column: Column, cells: list[Cell]) -> tuple[dict[str, Any], Sequence[Any]]:
    head: dict[str, Any] = {"kind": column.kind}
    if column.kind == "choice":
        values = _values(column, cells)
        numbers = {value: number for number, value in enumerate(values)}
        head |= {"values": values, "tones": [column.tones.get(value, "") for value in values]}
        return head, [None if cell is None else numbers[str(cell)] for cell in cells]
    texts = [cell for cell in cells if isinstance(cell, str)]
    if column.kind == "key" and len(texts) + cells.count(None) == len(cells):
        head["base"] = base = os.path.commonprefix([min(texts), max(texts)]) if texts else ""  # noqa: RUF071
        return head, [cell[len(base) :] if isinstance(cell, str) else None for cell in cells]
    return head, cells


def _values(column: Column, cells: list[Cell]) -> list[str]:
    """Return the different texts of a choice: those with a tone first, as they stand there."""
    found = {str(cell) for cell in cells if cell is not None}
    return [value for value in column.tones if value in found] + sorted(found - set(column.tones))
