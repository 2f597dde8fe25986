"""Give Twelve Labs your videos with transcriptions from S3.

The house, room by room, is drawn in docs/architecture.md; its law (a room imports rooms of lower
floors only) is the table in tests/test_layers.py.
"""

from __future__ import annotations

__version__ = "0.1.0"
