"""Fixes: from what a rule knows to edits of bytes, and the edits into the file.

Bytes that no fix names stay as they are: indents, line ends, escapes, a missing last newline.
"""
