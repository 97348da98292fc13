"""The child that reads a PDF's text: one JSON line a page, then one of what stands beside."""

from __future__ import annotations

import io
import sys

import pypdf

from ingest._child import received, say

MOST_PAGES = 500


def main() -> None:
    """Read a PDF from stdin; write its pages' text. Dies where it cannot be read."""
    _, content = received(sys.argv[1])
    reader = pypdf.PdfReader(io.BytesIO(content))
    if reader.is_encrypted or len(reader.pages) > MOST_PAGES:
        sys.exit(1)
    for page in reader.pages:
        say({"text": page.extract_text(), "has_images": len(page.images) > 0})
    beside = [str(value) for value in (reader.metadata or {}).values()]
    say({"text": "\n".join(beside), "has_images": bool(reader.attachments)})


if __name__ == "__main__":
    main()
