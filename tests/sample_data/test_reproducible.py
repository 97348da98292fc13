"""The generator gives the checked-in files again, and others only when asked to."""

import json

import pytest

from sample_data.generate import main
from tests.sample_data.reading import members

WRITTEN = ("register", "exports", "demo.json", "answer_key.json")
STALE = "exports/ZZ101/1999-00-Q1.zip"


def files_of(folder):
    return {
        path.relative_to(folder).as_posix(): path
        for name in WRITTEN
        for path in ([folder / name] if name.endswith("json") else (folder / name).rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("again")
    (folder / STALE).parent.mkdir(parents=True)
    (folder / STALE).write_bytes(b"")
    main(["--out", str(folder)])
    return folder


def test_the_default_seed_gives_the_checked_in_files_byte_for_byte(sample_data, written):
    kept, again = files_of(sample_data), files_of(written)
    assert sorted(again) == sorted(kept)
    for name, path in again.items():
        if name.endswith(".xlsx"):  # deflated by whichever zlib is there: compared unpacked
            assert members(path) == members(kept[name]), name
        else:
            assert path.read_bytes() == kept[name].read_bytes(), name


def test_the_checked_in_files_stay_small(sample_data):
    assert sum(path.stat().st_size for path in files_of(sample_data).values()) < 5_000_000


def test_exports_that_are_no_longer_made_are_removed(written):
    assert not (written / STALE).exists()


def test_another_seed_gives_other_patients(tmp_path, key):
    main(["--seed", "7", "--out", str(tmp_path), "--today", "2024-08-31"])
    other = json.loads((tmp_path / "answer_key.json").read_text("utf-8"))
    counts = {export["path"]: export["records"] for export in key["exports"]}
    assert any(counts[export["path"]] != export["records"] for export in other["exports"])


def test_nothing_is_received_after_today(tmp_path):
    main(["--out", str(tmp_path), "--today", "2025-08-05"])
    actions = json.loads((tmp_path / "demo.json").read_text("utf-8"))["actions"]
    assert max(action["at"] for action in actions) < "2025-08-06"
    submitted = {action["path"] for action in actions if action["action"] == "submit"}
    exports = {path.relative_to(tmp_path).as_posix() for path in tmp_path.glob("exports/*/*")}
    assert submitted == exports


def test_a_scaled_registry_may_not_overwrite_the_checked_in_one(capsys):
    with pytest.raises(SystemExit):
        main(["--scale", "2"])
    assert "--out" in capsys.readouterr().err
