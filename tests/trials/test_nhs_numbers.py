"""No NHS number is at rest, whatever place and format it was sent in."""

import base64
import logging
import tempfile

import pytest

from ingest import inbox
from ingest.incidents import PlacesOnly
from tests.ingest.test_journey import Registry
from tests.records import record
from tests.trials.bytes_at_rest import found
from tests.trials.nhs_places import FORMATS, PLACES, numbers, uploads

# Refused for what they are before anything is looked for in them.
UNREADABLE = {"ragged row": "RAGGED", "preamble": "HEADER", "before the archive": "TYPE"}


def sent_everywhere(tmp_path, monkeypatch, count, share=1):
    """Send the numbers in every way; gives how many exports, and what went wrong: not refused
    as an identifier, or a number found at rest."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setenv("TMPDIR", str(temporary))
    log = logging.FileHandler(tmp_path / "log.txt")
    log.setFormatter(PlacesOnly("%(message)s"))
    logging.getLogger().addHandler(log)
    registry = Registry(tmp_path / "home")
    wrong, n, seen = [], 0, {}
    used = numbers(count)
    try:
        for turn, number in enumerate(used):
            for what, (name, content) in uploads(number, turn, share):
                n += 1
                sent = registry.send(content, name)
                if n % 50 == 1:  # while it waits, too
                    wrong += found([tmp_path], used, seen)
                registry.worker.check(sent)
                row = registry.ledger.submission(sent)
                expected = UNREADABLE.get(what.partition(",")[0], "IDENTIFIER")
                if (row["state"], row["code"]) != ("refused", expected):
                    wrong.append((what, row["state"], row["code"]))
                inbox.report(registry.home.path, sent)
        wrong += found([tmp_path], used)
    finally:
        logging.getLogger().removeHandler(log)
        log.close()
        registry.ledger.close()
    return n, wrong


def test_no_nhs_number_is_at_rest_after_two_were_sent_in_every_way(tmp_path, monkeypatch):
    sent, wrong = sent_everywhere(tmp_path, monkeypatch, 2, share=2)
    assert sent == 2 * len(FORMATS) + len(PLACES) > 100
    assert wrong == []


@pytest.mark.trial
def test_no_nhs_number_is_at_rest_after_fifty_were_sent_in_every_way(tmp_path, monkeypatch):
    sent, wrong = sent_everywhere(tmp_path, monkeypatch, 50)
    record(
        "trial-nhs-numbers",
        "NHS numbers in every place and format: none is at rest",
        [
            f"50 seeded numbers, {len(FORMATS)} formats, {len(PLACES)} places: {sent} exports",
            "looked at: every byte and name of the home, the ledger with its WAL, reports, log and"
            " temporary files; digits with any separators, UTF-8, UTF-16, base64",
            f"found, or not refused: {wrong or 'none'}",
        ],
    )
    assert wrong == []


NUMBER = numbers(1)[0]


@pytest.mark.parametrize(
    "written",
    [
        NUMBER.encode(),
        f"x{NUMBER[:3]}--{NUMBER[3:]}".encode(),
        NUMBER.encode("utf-16-le"),
        NUMBER.encode("utf-16-be"),
        base64.b64encode(f"seen {NUMBER} well".encode()),
        base64.urlsafe_b64encode(f"p {NUMBER[:3]} {NUMBER[3:6]} {NUMBER[6:]}.".encode()),
        base64.b64encode(NUMBER.encode("utf-16-le")),
        FORMATS["full width"](NUMBER).encode(),
    ],
)
def test_the_scan_finds_a_number_that_is_at_rest(tmp_path, written):
    (tmp_path / "file.bin").write_bytes(b"\x01\x02" + written + b"\x03")
    assert found([tmp_path], [NUMBER]) == [(str(tmp_path / "file.bin"), NUMBER)]
    (tmp_path / "file.bin").unlink()
    (tmp_path / f"{NUMBER}.txt").write_bytes(b"")
    assert found([tmp_path], [NUMBER])


def test_the_scan_looks_again_at_a_file_that_was_written_to(tmp_path):
    file, seen = tmp_path / "file.bin", {}
    file.write_bytes(b"nothing yet")
    assert found([tmp_path], [NUMBER], seen) == []
    with file.open("ab") as more:
        more.write(NUMBER.encode())
    assert found([tmp_path], [NUMBER], seen) == [(str(file), NUMBER)]
