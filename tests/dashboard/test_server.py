"""The server: its options, and what it refuses."""

from __future__ import annotations

import ast
import os
import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from streamlit.starlette import App
from streamlit.web.server.starlette.starlette_app import _validate_run_config

from dashboard import server
from dashboard.__main__ import main
from dashboard.options import OPTIONS
from dashboard.settings import public_host, secrets
from sql.ledger_engine import KEPT
from sql.open_files import FILES
from tests.browser.sign_in import free_port
from tests.dashboard.conftest import make_home

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "dashboard").rglob("*.py"))
# Calls that put HTML, script or a stranger's chart on a page.
FORBIDDEN = re.compile(r"unsafe_allow|st\.html|components\.|st\.iframe|st\.write\(")


def flat(options, within=""):
    """The options of a file by their whole names, those of its sections within sections too."""
    for name, value in options.items():
        if isinstance(value, dict):
            yield from flat(value, f"{within}{name}.")
        else:
            yield within + name, tuple(value) if isinstance(value, list) else value


def test_the_file_of_options_equals_what_the_server_is_given():
    declared = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    assert dict(flat(declared)) == dict(OPTIONS)


def test_streamlit_knows_every_option_and_takes_its_value(monkeypatch):
    asked = []
    monkeypatch.setattr(App, "run", lambda self, config: asked.append(config))
    monkeypatch.setenv("IRE_DEMO", "1")
    monkeypatch.setattr(FILES, "most", 0)  # what the server sets is of its own process
    monkeypatch.setattr(KEPT, "is_asked", False)
    monkeypatch.setattr(sys, "argv", ["server", "--address=127.0.0.1", "--port=8600", "--host=a.b"])
    server.main()
    (config,) = asked
    assert _validate_run_config(config) == config  # an unknown option or a secret is refused
    assert {name: config[name] for name in OPTIONS if name != "server.allowedHosts"} == {
        name: value for name, value in OPTIONS.items() if name != "server.allowedHosts"
    } | {"server.address": "127.0.0.1"}
    assert config["server.allowedHosts"] == ["localhost", "127.0.0.1", "a.b"]
    assert config["server.port"] == 8600


SETTINGS = {
    "IRE_PUBLIC_URL": "https://audit.test/",
    "IRE_OIDC_METADATA_URL": "https://id.test/.well-known/openid-configuration",
    "IRE_OIDC_CLIENT_ID": "client 4711",
    "IRE_OIDC_CLIENT_SECRET": "told by the provider",
    "IRE_COOKIE_SECRET": "thirty-two characters and a few more",
}


@pytest.fixture
def settings(monkeypatch):
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)


def test_sign_in_is_what_the_environment_says(settings):
    assert secrets()["auth"] == {
        "redirect_uri": "https://audit.test/oauth2callback",
        "server_metadata_url": SETTINGS["IRE_OIDC_METADATA_URL"],
        "client_id": "client 4711",
        "client_secret": "told by the provider",
        "cookie_secret": SETTINGS["IRE_COOKIE_SECRET"],
        "client_kwargs": {"scope": "openid email", "prompt": "login"},
    }
    assert public_host() == "audit.test"


@pytest.mark.parametrize("missing", SETTINGS)
def test_outside_a_demo_nothing_starts_without_each_setting(
    settings, missing, monkeypatch, tmp_path, capsys
):
    monkeypatch.delenv(missing)
    home = make_home(tmp_path / "real", is_demo=False)
    assert main(["--home", str(home)]) == 2
    said = capsys.readouterr().err
    assert missing in said
    assert "\n" not in said.strip()
    assert not any(value in said for value in SETTINGS.values())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IRE_PUBLIC_URL", "http://audit.test"),
        ("IRE_OIDC_METADATA_URL", "http://id.test/.well-known/openid-configuration"),
        ("IRE_COOKIE_SECRET", "short"),
    ],
)
def test_nothing_starts_with_a_setting_that_is_not_safe(
    settings, name, value, monkeypatch, tmp_path, capsys
):
    monkeypatch.setenv(name, value)
    home = make_home(tmp_path / "real", is_demo=False)
    assert main(["--home", str(home)]) == 2
    assert name in capsys.readouterr().err


def test_a_demo_is_refused_on_a_home_that_is_not_one(tmp_path, capsys):
    home = make_home(tmp_path / "real", is_demo=False)
    assert main(["--home", str(home), "--demo"]) == 2
    assert "not a demo home" in capsys.readouterr().err


def test_a_folder_that_is_no_home_is_refused(tmp_path, capsys):
    assert main(["--home", str(tmp_path)]) == 2
    assert "no registry home here" in capsys.readouterr().err


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_page_writes_html_or_script(path):
    assert not FORBIDDEN.search(path.read_text("utf-8"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_markdown_is_never_made_of_an_unescaped_variable(path):
    tree = ast.parse(path.read_text("utf-8"))
    known = KNOWN_TEXTS | _constants(tree)
    for call in ast.walk(tree):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
            continue
        is_markdown = call.func.attr in ("markdown", "caption", "info", "warning", "success")
        if is_markdown and call.args and isinstance(call.args[0], ast.Name):
            assert call.args[0].id in known, f"{path.name}:{call.lineno}"


def _constants(tree: ast.Module) -> set[str]:
    """The names that a module gives to texts written out in it."""
    return {
        target.id
        for line in tree.body
        if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant)
        for target in line.targets
        if isinstance(target, ast.Name) and target.id.isupper()
    }


# Constants of ours, and lines whose variable parts were escaped where they were made.
KNOWN_TEXTS = {
    "DEFINITION",
    "MATRIX_LEGEND",
    "STATUS_LEGEND",
    "PARTICIPATION_LEGEND",
    "unknown",
    "SMALL_NUMBERS",
    "RULE",
    "WHERE",
}


def test_what_starts_the_server_loads_nothing_large_before_it():
    large = "{'altair', 'duckdb', 'numpy', 'polars', 'sqlalchemy', 'streamlit'}"
    asked = f"import sys, dashboard.__main__; print(sorted({large} & sys.modules.keys()))"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, check=True, text=True)
    assert told.stdout.strip() == "[]"


def test_servers_end_together_so_that_all_are_started_again(home, tmp_path):
    port = free_port(2)
    command = [sys.executable, "-m", "dashboard", f"--home={home}", f"--port={port}", "--demo"]
    started = subprocess.Popen([*command, "--processes=2"], stdout=subprocess.PIPE, text=True)
    with started:
        ready = started.stdout.readline()
        assert f"http://127.0.0.1:{port} and http://127.0.0.1:{port + 1}" in ready
        told = Path(f"/proc/{started.pid}/task/{started.pid}/children").read_text()
        first, second = map(int, told.split())
        os.kill(first, signal.SIGKILL)
        assert started.wait(timeout=20) == -signal.SIGKILL % 256
        with pytest.raises(ProcessLookupError):
            os.kill(second, 0)


def test_no_server_at_all_is_a_wrong_call(home, capsys):
    with pytest.raises(SystemExit):
        main([f"--home={home}", "--processes=0"])
    assert "one at least" in capsys.readouterr().err
