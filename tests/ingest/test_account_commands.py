"""The command `account`: the registry's first admins, and what they do from then on."""

import json

import pytest

from ingest.__main__ import main

A, B, C = "a@nhs.test", "b@nhs.test", "c@nhs.test"


@pytest.fixture
def run(tmp_path, capsys):
    """Run a command on a registry with two admins; gives its exit code and what it printed."""

    def run(*arguments):
        code = main([*arguments, "--home", str(tmp_path / "home")])
        told = capsys.readouterr()
        return code, (told.out + told.err).strip()

    assert run("init", "--admin", f"{A}=Dr A", "--admin", f"{B}=Dr B")[0] == 0
    return run


def listed(run):
    return {row["login"]: row["state"] for row in json.loads(run("account", "list", "--json")[1])}


def test_an_admin_is_proposed_agreed_and_another_disabled(run):
    asked = ("account", "add", "--login", C, "--name", "Dr C", "--role", "registry admin")
    assert run(*asked, "--by", A) == (0, "account 3 is proposed; another admin has to agree")
    code, told = run("account", "agree", "3", "--by", A)
    assert (code, "another admin has to agree" in told) == (2, True)
    assert run("account", "agree", "3", "--by", B) == (0, "account 3 is active")
    assert run("account", "disable", "2", "--reason", "left", "--by", A)[0] == 0
    assert listed(run) == {A: "active", B: "disabled", C: "active"}


def test_a_commissioner_is_added_changed_and_told_what_is_missing(run):
    asked = ("account", "add", "--login", C, "--by", A)
    assert run(*asked) == (2, "ire-audit: say who: --login ADDRESS --name NAME")
    code, told = run(*asked, "--name", "C")
    assert (code, "say as what: --role ROLE" in told) == (2, True)
    assert run(*asked, "--name", "C", "--role", "commissioner")[0] == 0
    assert run("account", "change", "--role", "registry team", "--by", B)[0] == 2
    assert run("account", "change", "3", "--role", "registry team", "--by", B)[0] == 0
    assert "3  c@nhs.test  C  registry team  -  active" in run("account", "list")[1]


def test_a_site_that_is_not_registered_is_refused(run):
    asked = ("--login", C, "--name", "C", "--role", "site lead", "--site", "RXX01", "--by", A)
    assert run("account", "add", *asked) == (2, "ire-audit: RXX01: no such site in the register")


def test_one_admin_is_too_few_and_no_home_is_made(tmp_path, capsys):
    home = tmp_path / "home"
    assert main(["init", "--home", str(home), "--admin", f"{A}=Dr A"]) == 2
    assert "name 2 people at least" in capsys.readouterr().err
    assert not home.exists()
