"""How far a check is, from the worker to the page; and the wish to stop it.

Both are small files beside the deposited one, gone when it is decided: a step told is not
worth a write to the ledger.
"""

from __future__ import annotations

from pathlib import Path

from ingest.home import Home


class Cancelled(Exception):
    """The person who sent it wants no more of it; says who."""


def tell(home: Home, submission_id: str, step: str) -> None:
    """Note a step that has begun: "read", or a table that is being checked.

    Raises:
        Cancelled: if somebody asked to stop.
    """
    stop_if_asked(home, submission_id)
    with _steps(home, submission_id).open("a", encoding="utf-8") as file:
        file.write(f"{step}\n")


def told(home: Home, submission_id: str) -> tuple[str, ...]:
    """The steps that have begun, in order; none before the check and after the decision."""
    try:
        return tuple(_steps(home, submission_id).read_text("utf-8").split())
    except FileNotFoundError:
        return ()


def begin(home: Home, submission_id: str) -> None:
    """Forget the steps of an earlier try."""
    _steps(home, submission_id).unlink(missing_ok=True)


def ask_to_stop(home: Home, submission_id: str, by: str) -> None:
    """Ask the worker to stop; it does so at its next step."""
    _wish(home, submission_id).write_text(by, "utf-8")


def stop_if_asked(home: Home, submission_id: str) -> None:
    """Pass, or raise Cancelled with the name of who asked."""
    wish = _wish(home, submission_id)
    if wish.exists():
        raise Cancelled(wish.read_text("utf-8"))


def forget(home: Home, submission_id: str) -> None:
    """Remove both files once the submission is decided."""
    _steps(home, submission_id).unlink(missing_ok=True)
    _wish(home, submission_id).unlink(missing_ok=True)


def _steps(home: Home, submission_id: str) -> Path:
    return home.inbox_file(submission_id).with_suffix(".steps")


def _wish(home: Home, submission_id: str) -> Path:
    return home.inbox_file(submission_id).with_suffix(".stop")
