"""Send what is queued by SMTP, to the server that the environment names."""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP as MAIL
from email.utils import format_datetime
from typing import Any, Literal, cast, get_args

from ingest.home import HomeError
from sql import outbox
from sql.ledger import Ledger, LedgerError
from sql.ledger_events import utc
from sql.recipients import address_of

Security = Literal["starttls", "tls", "none"]
PORTS = {"starttls": 587, "tls": 465, "none": 25}
WAIT_SECONDS = 30
PERMANENT = 500  # a reply from here on will be the same tomorrow
CLOSING = 421

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Server:
    """Where mail is handed over, and as whom."""

    host: str
    port: int
    security: Security
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def server_of(environment: Mapping[str, str]) -> Server | None:
    """The mail server that the environment names; None where it names none.

    Raises:
        HomeError: if a setting cannot be followed; it never says the password.
    """
    host = environment.get("IRE_SMTP_HOST", "").strip()
    if not host:
        return None
    security = environment.get("IRE_SMTP_SECURITY", "starttls")
    if security not in get_args(Security):
        raise HomeError(f"IRE_SMTP_SECURITY: one of {', '.join(get_args(Security))}")
    port = environment.get("IRE_SMTP_PORT", str(PORTS[security]))
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise HomeError("IRE_SMTP_PORT: a number from 1 to 65535")
    try:
        sender = address_of(environment.get("IRE_SMTP_FROM", ""))
    except LedgerError as error:
        raise HomeError(f"IRE_SMTP_FROM: {error}") from None
    user, password = (environment.get(f"IRE_SMTP_{name}") or None for name in ("USER", "PASSWORD"))
    if (user is None) != (password is None):
        raise HomeError("set IRE_SMTP_USER and IRE_SMTP_PASSWORD, or neither")
    if user is not None and security == "none":
        raise HomeError(
            "IRE_SMTP_SECURITY: no password goes over an open line; use starttls or tls"
        )
    return Server(host, int(port), cast(Security, security), sender, user, password)


def send_queued(ledger: Ledger, server: Server, *, by: str, at: datetime) -> dict[str, int]:
    """Hand over every queued message whose time has come; gives how many were sent, and failed.

    Each attempt is entered before it is made, so that a message is never sent by two, and
    not more than once again after a crash. One that will not be sent is logged as an error.
    """
    queued = outbox.messages(ledger, "queued")
    waiting = {row["number"]: row for row in queued if row["next_at"] <= utc(at)}
    if not waiting:
        return {"sent": 0, "failed": 0}
    said: dict[str, Any] = {"by": by, "at": at}
    try:
        connection = _connected(server)
    except (OSError, smtplib.SMTPException) as error:
        for number in waiting:
            if outbox.begin(ledger, number, **said):
                outbox.not_sent(ledger, number, f"no connection: {_words(error)}", **said)
    else:
        try:
            for number, row in waiting.items():
                is_begun = outbox.begin(ledger, number, **said)
                if is_begun and not _handed_over(connection, ledger, server, row, said):
                    break
        finally:
            with suppress(OSError, smtplib.SMTPException):
                connection.quit()
            connection.close()
    ends = [row for row in outbox.messages(ledger) if row["number"] in waiting]
    for row in ends:
        if row["state"] == "failed":
            _log.error("message %s was not sent: %s", row["number"], row["last_error"])
    return {state: sum(row["state"] == state for row in ends) for state in ("sent", "failed")}


def _handed_over(
    connection: smtplib.SMTP,
    ledger: Ledger,
    server: Server,
    row: Mapping[str, Any],
    said: Mapping[str, Any],
) -> bool:
    """Send one message and enter what came of it; False where the connection is of no more use."""
    number = row["number"]
    try:
        connection.send_message(written(row, server.sender), server.sender, [row["address"]])
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as error:
        code = _code(error)
        # Who may send is ours to mend; all else that is refused for good stays refused.
        is_final = code >= PERMANENT and not isinstance(error, smtplib.SMTPSenderRefused)
        outbox.not_sent(ledger, number, _words(error), is_final=is_final, **said)
        return code != CLOSING
    except (OSError, smtplib.SMTPException) as error:
        words = f"no answer: {_words(error)}"
        outbox.not_sent(ledger, number, words, is_unanswered=True, **said)
        return False
    outbox.sent(ledger, number, **said)
    return True


def _connected(server: Server) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.security == "tls":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=WAIT_SECONDS, context=context
        )
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=WAIT_SECONDS)
    try:
        if server.security == "starttls":
            connection.starttls(context=context)
        if server.user is not None and server.password is not None:
            connection.login(server.user, server.password)
    except BaseException:
        connection.close()
        raise
    return connection


def written(row: Mapping[str, Any], sender: str) -> EmailMessage:
    """A message of the outbox as it is sent, the same at every attempt."""
    message = EmailMessage(policy=MAIL)
    message["From"] = sender
    message["To"] = row["address"]
    message["Subject"] = row["subject"]
    message["Date"] = format_datetime(datetime.fromisoformat(row["made_at"]))
    # A receiver that had it already can tell, and drop it.
    domain = sender.rpartition("@")[2]
    message["Message-ID"] = f"<{row['number']}.{row['digest'][:32]}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(row["body"], charset="utf-8")
    return message


def _words(error: Exception) -> str:
    """What went wrong: its kind and the server's code, never the server's own words."""
    code = _code(error)
    return f"{type(error).__name__}{f' {code}' if code else ''}"


def _code(error: Exception) -> int:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return max((code for code, _ in error.recipients.values()), default=0)
    return int(getattr(error, "smtp_code", 0))
