"""A drawn registry between two releases: one thing of each kind came in between.

Site ZZ101 holds p1 to p3 and an old one, ZZ102 holds q1 and, in a submission of its own, q2.
"""

from __future__ import annotations

import json
import shutil
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from unittest import mock

from expectations.dictionary import tables
from ingest.home import create_home
from sql import catalog
from sql.ledger import Ledger
from sql.ledger_answers import answer, answers, standing
from sql.publish import write_public
from sql.publish_release import public_path, publish_pointer
from sql.warehouse import build
from tests.sql.drawing import accept, draw, load_register, stored, with_parents

LAST_QUARTER, NEXT = ("2023-04-01", "2026-06-30"), ("2026-07-01", "2026-09-30")
A_DAY, B_DAY = date(2026, 8, 20), date(2026, 11, 16)
STAY = "ind_stay_over_3_days_per_procedure"
FINDING = (
    "finding_id | value_digest | rule | table_name | record_key | source_file   | source_line\n"
    "f1         | d1           | D03  | procedure  | p3         | procedure.csv | 4"
)


def procedures(*rows):
    """Procedures as (id, day, days stayed), each with no complication unless one is drawn."""
    drawn = [
        {
            "procedure_id": name,
            "procedure_date": day,
            "admission_date": day,
            "discharge_date": (date.fromisoformat(day) + timedelta(days=stayed)).isoformat(),
            "no_complication_confirmed": "Y",
        }
        for name, day, stayed in rows
    ]
    return with_parents({"procedure": drawn})


def complication(grade):
    text = "complication_id | procedure_id | patient | onset_date | clavien_dindo\n"
    return draw(f"{text}c1 | p1 | of p1 | 2026-04-12 | {grade}")


TREATED = draw("procedure_id | lesion_id | patient\np3 | l1 | of p3")


def lesion(patient, mm):
    text = "lesion_id | patient | max_diameter_mm | dist_vessel_mm | nearest_duct\n"
    return draw(f"{text}l1 | {patient} | 20 | {mm} | NONE")


class SmallBridge:
    """A home with its ledger; what is sent is accepted at once, unchecked."""

    def __init__(self, path):
        self.home = create_home(path, demo_today=B_DAY)
        self.ledger = Ledger(self.home.ledger_path)
        self.now = datetime(2026, 7, 1, 9, tzinfo=UTC)
        self.walk = {}
        site = "site_ods_code\nZZ101\nZZ102"
        since = "site_ods_code | designation_start\n{} | 2019-04-02\nZZ102 | 2019-04-02"
        load_register(self.home.path, site=site, site_designation=since.format("ZZ101"))
        self.register = 1

    def send(self, number, site="ZZ101", kind="INCREMENTAL", period=LAST_QUARTER, **drawn):
        told = {"site": site, "kind": kind, "period": period}
        one = accept(self.home.path, number, **told, **drawn)
        self.now += timedelta(days=1)
        name = one.submission_id
        given = {"filename": "export.zip", "size": 1, "sha256": "0"}
        self.ledger.receive(name, site=site, by="site", at=self.now, **given)
        self.ledger.move(name, "checking", by="worker", at=self.now)
        said = {"acceptance_number": number, "submission_type": kind}
        self.ledger.move(name, "accepted", by="worker", at=self.now, **said)
        self.walk[name] = one

    def withdraw(self, name):
        self.now += timedelta(days=1)
        self.ledger.move(name, "withdrawn", by="site lead", at=self.now)
        del self.walk[name]

    def answer(self):
        about = {"site_ods_code": "ZZ101", "finding_id": "f1", "rule": "D03", "value_digest": "d1"}
        expires = self.now.date() + timedelta(days=300)
        answer(self.ledger, about, reason="as it was", expires=expires, by="site", at=self.now)

    def correct_register(self):
        """ZZ101 was designated from 20 April 2026 only: after p1, on the day of p2."""
        old, new = (self.home.path / "register" / str(n) for n in (1, 2))
        shutil.copytree(old, new)
        rows = draw("site_ods_code | designation_start\nZZ101 | 2026-04-20\nZZ102 | 2019-04-02")
        stored(tables()["site_designation"], rows).write_parquet(new / "site_designation.parquet")
        (new / "manifest.json").write_text(json.dumps({"n": 2}), "utf-8")
        self.register = 2

    def near(self, mm):
        """A load of policy values: next to a vessel is so many millimetres away."""
        folder = self.home.path / "policy" / "1"
        folder.mkdir(parents=True)
        text = f'[[near_mm]]\nsince = 2013-02-01\nvalue = {mm}\nsource = "local"\n'
        (folder / "policy.toml").write_text(text, "utf-8")
        told = {"n": 1, "loaded_at": self.now.isoformat()}
        (folder / "manifest.json").write_text(json.dumps(told), "utf-8")

    def publish(self, number, day, version=None):
        """Publish what stands; with a `version` by definitions in which a long stay is of
        more than four days."""
        self.now = max(self.now, datetime(day.year, day.month, day.day, 9, tzinfo=UTC))
        with ExitStack() as older:
            if version is not None:
                models = [_longer(one) for one in catalog.models()]
                older.enter_context(mock.patch.object(catalog, "models", return_value=models))
                older.enter_context(
                    mock.patch.object(catalog, "code_version", return_value=version)
                )
            full = build(
                self.home.path,
                list(self.walk.values()),
                register=self.home.path / "register" / str(self.register),
                policy=self.home.newest_policy(),
                number=number,
                today=day,
                built_at=self.now,
                answers=standing(answers(self.ledger), day),
            )
        write_public(full, public_path(self.home.path, number))
        told = {"data_date": day, "published_at": self.now}
        publish_pointer(self.home.path, number, **told)
        self.ledger.append("published", f"release {number}", by="worker", at=self.now)


def _longer(model):
    if model.name != STAY:
        return model
    select = model.select.replace("stay_days > 3", "stay_days > 4").replace("<= 3", "<= 4")
    return replace(model, select=select)


def made(path):
    """The home of two releases, 1 and 2, between which one thing of each kind happened."""
    between = SmallBridge(path)
    first = procedures(
        ("p1", "2026-04-10", 4), ("p2", "2026-04-20", 5), ("p3", "2026-05-04", 1),
        ("old", "2023-08-01", 1),
    )  # fmt: skip
    first |= {"lesion": lesion("of p3", 8), "lesion_treatment": TREATED}
    between.send(1, **first, complication=complication("IIIa"), findings=FINDING)
    between.send(2, site="ZZ102", **procedures(("q1", "2026-04-01", 1)))
    between.send(3, site="ZZ102", **procedures(("q2", "2026-04-02", 5)))
    between.publish(1, A_DAY, version="older")
    between.correct_register()
    between.near(5)
    between.answer()
    between.send(4, period=NEXT, **procedures(("n1", "2026-07-06", 1), ("n2", "2026-07-07", 6)))
    between.send(5, kind="CORRECTION", complication=complication("II"))
    between.withdraw("s3")
    between.publish(2, B_DAY)
    return between
