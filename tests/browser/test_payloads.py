"""What the server sends a commissioner: the same for registries of equal roundings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser.socketed import Session, connected
from tests.dashboard.twins import OPEN, TRUE, twin_homes
from tests.records import record

# Of a session, not of a registry: told apart by chance, and in no message of a figure.
OF_A_SESSION = {"new_session", "session_event", "script_finished", "session_status_changed"}
RANDOM = re.compile(rb"[0-9a-f]{32}")
SAMPLE = ("home", "compliance")
QUERIES = ("", "&period=12+months", "&indicator=S5_30", "&indicator=S7_90", "&against=national")
BOM = b"\xef\xbb\xbf"
SHOWN = re.compile(rb"(?<![\w.])\d+(?![\w.])")


@pytest.fixture(scope="module")
def twins(
    serve: Callable[[Path], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Session]]:
    with ExitStack() as stack:
        homes = twin_homes(tmp_path_factory.mktemp("twins"))
        yield [stack.enter_context(connected(serve(home))) for home in homes]


def told(frames: list[bytes]) -> dict[str, bytes]:
    """What came last for each place of the page, without the random names of files that wait.

    What is drawn over before it is sent never leaves the server, which is a matter of time.
    """
    found = {}
    for frame in frames:
        message = ForwardMsg()
        message.ParseFromString(frame)
        kind = message.WhichOneof("type")
        if kind not in OF_A_SESSION:
            message.ClearField("hash")
            sent = RANDOM.sub(b"", message.SerializeToString(deterministic=True))
            found[f"{kind} {list(message.metadata.delta_path)}"] = sent
    return found


def words(file: bytes) -> bytes:
    """What a file says: a table as text, and of a picture its words without where they stand."""
    if b"<svg" in file:
        return b"\n".join(re.findall(rb">([^<>]+)<", file))
    return file if BOM in file else b""  # packed: equal to the other's, byte for byte


def compared(twins: list[Session], path: str, query: str = "") -> tuple[int, int]:
    """Open a page of both; gives how many places of it and how many files were compared."""
    page = "" if path == "home" else path  # Home is at the root; its own path leads there
    sent = [told(one.frames(page, f"persona=commissioner{query}")) for one in twins]
    assert sent[0] == sent[1]
    files = [[RANDOM.sub(b"", one.download(name)) for name in one.offered] for one in twins]
    assert files[0] == files[1]
    numbers = {
        m[0].decode()
        for part in [*sent[0].values(), *map(words, files[0])]
        for m in SHOWN.finditer(part)
    }
    assert not numbers & TRUE
    return len(sent[0]), len(files[0])


@pytest.mark.parametrize("path", SAMPLE)
def test_frames_and_files_sent_to_a_commissioner_are_functions_of_rounded_counts(
    twins: list[Session], path: str
) -> None:
    places, _ = compared(twins, path)
    assert places > 10


@pytest.mark.trial
def test_all_that_a_commissioner_is_sent_is_a_function_of_rounded_counts(
    twins: list[Session],
) -> None:
    done = [compared(twins, path, query) for path in OPEN for query in QUERIES]
    places, files = (sum(counts) for counts in zip(*done, strict=True))
    record(
        "trial-payloads",
        "What the server sends a commissioner",
        [
            "two registries that differ only within the rounding, each served; every message of"
            " the socket and every file that a page offers, byte by byte but for names that are"
            " drawn at random",
            f"{len(OPEN)} pages, each in {len(QUERIES)} selections: {places} places of a page,"
            f" {files} files",
            "different, or one of the true counts in words: none",
        ],
    )
    assert files > len(OPEN)
