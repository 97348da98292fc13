"""A site makes its pseudonyms itself: known answers, safe keys, and nothing echoed."""

import csv
import io
import os

import pytest

from ingest.__main__ import main
from ingest.keys import KeyUnusable, linkage_key
from ingest.pseudonym import linkage_pseudonym

KEY = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
# printf 'ire-linkage:v1:9434765919' | openssl dgst -sha256 -mac HMAC -macopt hexkey:…
KNOWN = "C45C9E602C0F8011241C8693837A22362747C9F3A6686842E8D279BEF14BB85D"
# printf 'ire-linkage:v1:ZZ101:H0042' | openssl dgst …
KNOWN_LOCAL = "41A5C63D56DACA173F77A1557D579C3B58DA1F8DC6B055E47B1D00933F3EA724"


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "linkage.key"
    path.write_text(KEY + "\n")
    path.chmod(0o400)
    return path


@pytest.fixture
def convert(tmp_path, key_file, capsys):
    """Run the command on a file's text; gives exit code, rows and what was printed."""

    def run(text, *options, name="patient.csv"):
        source, out = tmp_path / name, tmp_path / "out.csv"
        source.write_text(text, "utf-8")
        out.unlink(missing_ok=True)
        arguments = ["pseudonymise", str(source), "--key-file", str(key_file), "-o", str(out)]
        code = main([*arguments, *options])
        told = capsys.readouterr()
        rows = _rows(out) if out.exists() else None
        return code, rows, told.out + told.err

    return run


def _rows(path):
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8"), newline="")))


def test_the_known_answer():
    assert linkage_pseudonym(bytes.fromhex(KEY), "9434765919") == KNOWN


@pytest.mark.parametrize(
    "number", ["9434765919", "943 476 5919", "943-476-5919", "9434765919.0", " 943\u00a0476 5919 "]
)
def test_one_number_has_one_pseudonym_however_it_is_written(convert, number):
    code, rows, told = convert(f"NHS No.,tumour_type\n{number},HCC\n")
    assert code == 0
    assert rows == [
        {"patient_pseudo_id": KNOWN, "tumour_type": "HCC", "pseudo_basis": "NHS_NUMBER"}
    ]
    assert "1 rows by NHS number" in told


@pytest.mark.parametrize(
    "number", ["9434765918", "0000000000", "1111111111", "9999999999", "12345", "seen", ""]
)
def test_what_is_no_number_refuses_the_file_and_writes_nothing(convert, number):
    code, rows, told = convert(f"nhs_number,tumour_type\n9434765919,HCC\n{number},HCC\n")
    assert (code, rows) == (4, None)
    assert "line 3" in told
    assert not number or number not in told


def test_a_local_id_serves_where_there_is_no_number(convert):
    text = "nhs_number,hospital_id,tumour_type\n9434765919,H1,HCC\n,H0042,ICCA\n"
    code, rows, _ = convert(text, "--local-column", "hospital_id", "--site", "ZZ101")
    assert code == 0
    assert [(r["patient_pseudo_id"], r["pseudo_basis"]) for r in rows] == [
        (KNOWN, "NHS_NUMBER"),
        (KNOWN_LOCAL, "LOCAL"),
    ]
    assert set(rows[0]) == {"patient_pseudo_id", "tumour_type", "pseudo_basis"}


def test_other_tables_get_no_basis_and_keep_every_other_cell(convert):
    text = 'procedure_id;nhs_number;comment\nP1;943 476 5919;"a; b ""c"""\n'
    code, rows, _ = convert(text, name="procedure.csv")
    assert code == 0
    assert rows == [{"patient_pseudo_id": KNOWN, "procedure_id": "P1", "comment": 'a; b "c"'}]


def test_columns_that_still_identify_are_named(convert):
    _, _, told = convert("nhs_number,surname,sex\n9434765919,Doe,1\n")
    assert "surname" in told
    assert "Doe" not in told


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("hospital_id\nH1\n", []),
        ("nhs_number,nhs no\n9434765919,9434765919\n", []),
        ("nhs_number\n9434765919\n", ["--column", "who"]),
        ("hospital_id\nH1\n", ["--local-column", "hospital_id"]),
        ("patient_pseudo_id,nhs_number\nA,9434765919\n", []),
        ('nhs_number\n"9434765919\n', []),
        ("nhs_number,sex\n9434765919\n", []),
    ],
)
def test_a_file_that_cannot_be_read_in_one_way_is_refused(convert, text, options):
    code, rows, told = convert(text, *options)
    assert (code, rows) == (4, None)
    assert "9434765919" not in told


def test_nothing_is_overwritten(convert, tmp_path):
    assert convert("nhs_number\n9434765919\n")[0] == 0
    source = str(tmp_path / "patient.csv")
    again = ["pseudonymise", source, "-o", str(tmp_path / "out.csv")]
    assert main(again) == 2
    assert main(["pseudonymise", source, "-o", source]) == 2


def test_what_is_written_is_its_owners_only(convert, tmp_path):
    convert("nhs_number\n9434765919\n")
    assert (tmp_path / "out.csv").stat().st_mode & 0o077 == 0


def test_a_key_comes_from_the_environment_too(key_file):
    assert linkage_key(None, {"IRE_LINKAGE_KEY": KEY}) == linkage_key(key_file, {})


@pytest.mark.parametrize("mode", [0o440, 0o444, 0o600, 0o644])
@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_a_key_that_others_may_read_or_that_may_be_changed_is_refused(key_file, mode):
    key_file.chmod(mode)
    with pytest.raises(KeyUnusable, match="chmod 0400"):
        linkage_key(key_file, {})


@pytest.mark.parametrize("text", ["", KEY[:62], "z" * 64, "00" * 32, "secret " * 10, KEY + "0"])
def test_a_short_or_poor_key_is_refused_and_never_echoed(text):
    with pytest.raises(KeyUnusable) as caught:
        linkage_key(None, {"IRE_LINKAGE_KEY": text})
    assert not text or text not in str(caught.value)


def test_without_a_key_nothing_starts(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("IRE_LINKAGE_KEY", raising=False)
    (tmp_path / "patient.csv").write_text("nhs_number\n9434765919\n")
    out = tmp_path / "out.csv"
    assert main(["pseudonymise", str(tmp_path / "patient.csv"), "-o", str(out)]) == 2
    assert "--key-file" in capsys.readouterr().err
    assert not out.exists()


def test_another_key_gives_no_pseudonym_in_common():
    numbers = [f"{n:010d}" for n in range(1000)]
    other = bytes.fromhex(KEY[::-1])
    ours = {linkage_pseudonym(bytes.fromhex(KEY), n) for n in numbers}
    assert len(ours) == 1000
    assert not ours & {linkage_pseudonym(other, n) for n in numbers}
