"""A real SMTP server on this machine, which takes or refuses what a test asks it to."""

import socket
from contextlib import contextmanager

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

PASSWORD = "not-to-be-logged"


class Mailbox:
    """A server's handler: keeps what it takes, and answers as a test asks."""

    def __init__(self):
        self.taken = []
        self.refuses = {}  # address: reply
        self.data_reply = "250 taken"
        self.logins = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.data_reply is None:
            self.taken.append((session.ssl is not None, envelope))
            server.transport.abort()  # taken, and no answer
            return "250 never heard"
        if self.data_reply.startswith("250"):
            self.taken.append((session.ssl is not None, envelope))
        return self.data_reply

    def login(self, server, session, envelope, mechanism, data):
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password.decode() == PASSWORD, handled=False)


@contextmanager
def serving(mailbox, port=0, **said):
    """Serve a mailbox; gives the port."""
    controller = Controller(mailbox, hostname="127.0.0.1", port=port or free_port(), **said)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
