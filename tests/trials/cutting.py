"""A way to a PostgreSQL server that breaks: before the server hears of something, or after."""

from __future__ import annotations

import contextlib
import shutil
import socket
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

SOCKET = ".s.PGSQL.5432"


Cut = Callable[[bytes], str | None]  # of what is said to the server: "before", "after" or no


def at_random(share: float, seed: int) -> Cut:
    """Cut a share of the commits, and now and then another message."""
    random = Random(seed)

    def cut(data: bytes) -> str | None:
        is_cut = random.random() < (share if b"COMMIT" in data else share / 20)
        return random.choice(("before", "after")) if is_cut else None

    return cut


class CuttingWay:
    """A socket before the server's.

    Attributes:
        folder: where it is; a URL names it as its host.
        cuts: how many connections were cut, by when.
    """

    def __init__(self, server: Path, cut: Cut) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ire-way-"))
        self.cuts: Counter[str] = Counter()
        self._server, self._cut = server / SOCKET, cut
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(self.folder / SOCKET))
        self._listening.listen(64)
        threading.Thread(target=self._let_in, daemon=True).start()

    def close(self) -> None:
        self._listening.close()
        shutil.rmtree(self.folder)

    def _let_in(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(str(self._server))
                for pair in ((near, far, True), (far, near, False)):
                    threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, here: socket.socket, there: socket.socket, is_asking: bool) -> None:
        with contextlib.suppress(OSError):
            while data := here.recv(65536):
                where = self._cut(data) if is_asking else None
                if where == "after":
                    there.sendall(data)
                if where is not None:
                    self.cuts[where] += 1
                    break
                there.sendall(data)
        for end in (here, there):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
