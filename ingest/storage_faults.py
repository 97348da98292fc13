"""What to do where the home cannot be written: said to the person who runs the registry."""

from __future__ import annotations

import errno
from collections.abc import Iterator

# By what the system's number or a database's words say.
CAUSES = (
    (
        (errno.ENOSPC, errno.EDQUOT),
        ("no space left", "disk is full"),
        "the disk of the home is full: free some space, then run it again",
    ),
    (
        (errno.EACCES, errno.EPERM, errno.EROFS),
        ("permission denied", "readonly database", "unable to open database", "read-only file"),
        "a file may not be opened: give this account its rights in the home, then run it again",
    ),
    (
        (errno.EIO,),
        ("input/output error", "disk i/o error", "fsync failed"),
        "the disk of the home fails: have it looked at, then run it again",
    ),
)
SERVED = "what was published before is still served"


def advice(error: BaseException) -> str | None:
    """What to do about a write that failed; None for any other fault."""
    for each in _chain(error):
        number, words = getattr(each, "errno", None), str(each).lower()
        for numbers, signs, says in CAUSES:
            if number in numbers or any(sign in words for sign in signs):
                return f"{says}; {SERVED}"
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
