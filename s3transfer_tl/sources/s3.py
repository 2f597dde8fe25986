"""Objects listed from S3, as fast as the bucket's shape allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from s3transfer_tl.errors import S3Error
from s3transfer_tl.model import S3Object, S3Settings
from s3transfer_tl.sources import contact, decode, prefixes, refusals
from s3transfer_tl.sources.emitted import Emitted
from s3transfer_tl.sources.narrowed import NarrowedSource
from s3transfer_tl.sources.pages import Lister, NoPageError, Page
from s3transfer_tl.sources.ranges import Ranges


class S3Source:
    """The objects of ``bucket`` whose keys begin with ``prefix``, in no order that can be relied on.

    The prefix is a string, as in S3: ``shows`` takes in ``shows2/a.mp4`` too. Folder markers are
    objects like any other, and so are objects that were modified after now. ``mode`` tells how the
    last listing went: as one ``stream``, by ``prefixes`` or by key ``ranges``. ``requests`` counts
    attempts after the first page, ``in_flight`` those on the wire now.
    """

    def __init__(self, bucket: str, prefix: str, settings: S3Settings) -> None:
        self.bucket = bucket
        self.prefix = prefix
        self.settings = settings
        self.root = f"s3://{bucket}/{prefix}"
        self.mode = "stream"
        self._lister: Lister | None = None

    def below(self, starts: Sequence[str]) -> NarrowedSource:
        """Return the part of this source whose keys go on as one of ``starts`` behind the prefix."""
        parts = (S3Source(self.bucket, self.prefix + start, self.settings) for start in starts)
        return NarrowedSource(self.root, tuple(parts))

    @property
    def requests(self) -> int:
        """How many requests the listing has sent."""
        return self._lister.sent if self._lister else 0

    @property
    def in_flight(self) -> int:
        """How many requests are on the wire."""
        return self._lister.engine.in_flight if self._lister else 0

    def pages(self) -> Iterator[Sequence[S3Object]]:
        """Yield pages of at most 1,000 objects, each object once.

        Raises ``S3Error`` where S3 refuses or cannot be reached, ``UsageError`` for a profile, an
        endpoint or a CA bundle that does not exist.
        """
        self.mode = "stream"
        with (
            refusals.translated(self.settings, self.bucket),
            Lister(self.bucket, self.settings) as lister,
            contact.made(self.settings, self.bucket, self.prefix, lister.first) as lister.contact,
        ):
            first = _first_page(lister.contact)
            if not first.truncated:
                if first.columns.key:
                    yield decode.Objects(self.bucket, first.columns)
                return
            self._lister = lister
            with Emitted() as emitted:
                ordered = lister.contact.in_byte_order or self.settings.assume_byte_order
                for columns in self._columns(lister, first, emitted, ordered):
                    yield decode.Objects(self.bucket, columns)

    def _columns(
        self, lister: Lister, first: Page, emitted: Emitted, ordered: bool
    ) -> Iterator[decode.Columns]:
        """List by the fastest way that is safe here; where that turns out wrong, list what is still
        missing as one stream."""
        way = Ranges(lister) if ordered else prefixes.Prefixes(lister)
        try:
            for columns in way.run(self.prefix, first):
                if way.split:
                    self.mode = way.name
                emitted.add(columns.key)
                yield columns
        except prefixes.AbandonedError:
            self.mode = "stream"
            lister.restart()
            yield from emitted.missing(prefixes.stream(lister, self.prefix))


def _first_page(made: contact.Contact) -> Page:
    try:
        return Page(made.body)
    except NoPageError as error:
        raise S3Error(
            f"what answers at {made.endpoint} does not list as S3 does: {error}",
            "check --endpoint-url: it is the address of the service, without a bucket",
        ) from error
