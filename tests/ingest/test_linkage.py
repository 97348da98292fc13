"""NHS numbers of a site with a legal basis: compared in memory, and nowhere at rest."""

import json
import shutil

import polars as pl
import pytest

from ingest import inbox
from ingest.pseudonym import linkage_pseudonym
from ingest.register import load_register
from sql.ledger import LedgerError
from tests.ingest.test_journey import AT, FIRST, ROOT, Registry, changed
from tests.trials.bytes_at_rest import found
from tests.trials.nhs_places import numbers

NUMBERS = numbers(400)


@pytest.fixture
def registry(tmp_path):
    """A home whose register records a legal basis for ZZ101, and for it alone."""
    made = Registry(tmp_path / "home")
    folder = tmp_path / "register"
    shutil.copytree(ROOT / "sample_data" / "register", folder)
    sites = pl.read_csv(folder / "site.csv", infer_schema=False)
    basis = pl.when(pl.col("site_ods_code") == "ZZ101").then(pl.lit("section 251, 24/CAG/0001"))
    sites.with_columns(basis.alias("nhs_number_legal_basis")).write_csv(folder / "site.csv")
    load_register(made.home, folder, by="registry team", at=AT)
    yield made
    made.ledger.close()


def with_numbers(key, wrong=None):
    """The first quarter, its pseudonyms made from numbers that stand beside them."""
    pseudonyms = {}

    def renamed(text):
        lines = text.splitlines()
        place = lines[0].split(",").index("patient_pseudo_id")
        out = [lines[0]]
        for line in lines[1:]:
            cells = line.split(",")
            number = pseudonyms.setdefault(cells[place], NUMBERS[len(pseudonyms)])
            cells[place] = linkage_pseudonym(key, number)
            out.append(",".join(cells))
        return "\n".join(out) + "\n"

    def patient(text):
        lines = renamed(text).splitlines()
        sent = [NUMBERS[n] for n in range(len(lines) - 1)]
        if wrong is not None:
            sent[0] = wrong
        spaced = [f"{n[:3]} {n[3:6]} {n[6:]}" for n in sent]
        told = zip(lines, ["nhs_number", *spaced], strict=True)
        return "\n".join(f"{line},{number}" for line, number in told) + "\n"

    return changed(
        FIRST,
        patient=patient,
        **dict.fromkeys(_tables_of_patients(), renamed),
    )


def _tables_of_patients():
    import zipfile

    with zipfile.ZipFile(FIRST) as archive:
        names = [n for n in archive.namelist() if n.endswith(".csv") and n != "patient.csv"]
        return [n[:-4] for n in names if b"patient_pseudo_id" in archive.read(n).split(b"\n")[0]]


def rules(registry, sent):
    return inbox.report(registry.home.path, sent).findings.filter(
        pl.col("rule").str.starts_with("K08")
    )


def test_permitted_numbers_are_compared_dropped_and_nowhere_at_rest(registry, tmp_path):
    sent = registry.send(with_numbers(registry.home.linkage_key()))
    registry.worker.run_once()
    assert registry.state(sent) == "accepted"
    assert rules(registry, sent).height == 0
    folder = registry.home.submission_folder(sent)
    assert "nhs_number" not in pl.read_parquet(folder / "patient.parquet").columns
    assert not list(folder.glob("export*"))  # only its hash is kept
    assert json.loads((folder / "manifest.json").read_text("utf-8"))["export_kept"] is False
    assert found([tmp_path], NUMBERS) == []


def test_a_number_of_another_patient_holds_the_row(registry):
    sent = registry.send(with_numbers(registry.home.linkage_key(), wrong=NUMBERS[-1]))
    registry.worker.check(sent)
    assert registry.state(sent) == "held"
    assert rules(registry, sent).select("rule", "severity", "line").rows() == [("K08c", "R", 2)]


def test_a_number_without_its_check_digit_is_a_query(registry):
    broken = NUMBERS[0][:9] + str((int(NUMBERS[0][9]) + 1) % 10)
    sent = registry.send(with_numbers(registry.home.linkage_key(), wrong=broken))
    registry.worker.check(sent)
    assert registry.state(sent) == "accepted"
    assert rules(registry, sent).select("rule", "severity", "line").rows() == [("K08d", "W", 2)]


def test_without_a_legal_basis_the_column_is_refused(tmp_path):
    """The sample's register records none."""
    plain = Registry(tmp_path / "home")
    sent = plain.send(with_numbers(plain.home.linkage_key()))
    plain.worker.check(sent)
    row = plain.ledger.submission(sent)
    assert (row["state"], row["code"]) == ("refused", "IDENTIFIER")
    plain.ledger.close()


def test_a_permitted_column_does_not_permit_numbers_elsewhere(registry):
    export = with_numbers(registry.home.linkage_key())
    sent = registry.send(export, name="list 9434765919.zip")
    registry.worker.check(sent)
    assert registry.ledger.submission(sent)["code"] == "IDENTIFIER"
    assert "9434765919" not in registry.ledger.submission(sent)["filename"]


def test_no_decision_puts_a_number_into_the_ledger(registry, tmp_path):
    sent = registry.send(FIRST.read_bytes())
    registry.worker.check(sent)
    home, said = registry.home.path, {"by": "site lead", "at": registry.now}
    reason = "sent for 943 476 5919"
    for decide in (
        lambda: inbox.request_withdraw(home, sent, reason=reason, **said),
        lambda: inbox.request_roll_back(home, sent, reason=reason, **said),
        lambda: inbox.request_accept(home, sent, registry_reason=reason, **said),
        lambda: inbox.sign_off(home, "ZZ101", "2024/25 Q1", text=reason, **said),
        lambda: inbox.lock(home, "2024/25", reason=reason, **said),
        lambda: inbox.unlock(home, 1, reason=reason, **said),
        lambda: registry.worker.withdraw(sent, by="site lead", reason=reason),
        lambda: inbox.Form("procedure", reason=reason),
    ):
        with pytest.raises((LedgerError, ValueError), match="NHS number") as caught:
            decide()
        assert "5919" not in str(caught.value)
    assert found([tmp_path], ["9434765919"]) == []
