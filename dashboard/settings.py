"""What the dashboard is started with: a home, whether it is a demo, and how people sign in.

Read before anything large is loaded, so that the server's own process can begin to load it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sql.secrets import SecretMissing, given, long_secret

# By these the server's process is told its home, and whether it is a demo.
HOME, DEMO = "IRE_HOME", "IRE_DEMO"
CALLBACK = "oauth2callback"  # the path to which the provider sends a person back
SETTINGS: Mapping[str, str] = {
    "IRE_PUBLIC_URL": "the address that browsers open, such as https://audit.example.nhs.uk",
    "IRE_OIDC_METADATA_URL": "the provider's address that ends in "
    "/.well-known/openid-configuration",
    "IRE_OIDC_CLIENT_ID": "the name that the provider gave this service",
    "IRE_OIDC_CLIENT_SECRET": "the secret that the provider gave this service",
}


def declared(home: Path) -> Mapping[str, Any]:
    """home.json: whether the home is a demo, and then its fixed day."""
    path = home / "home.json"
    if not path.is_file():
        return {}
    read: Mapping[str, Any] = json.loads(path.read_text("utf-8"))
    return read


def is_demo(home: Path) -> bool:
    return declared(home).get("demo") is True


def secrets() -> dict[str, Any]:
    """What Streamlit's sign-in needs, from the environment; nothing of it is kept in a file.

    Raises:
        SecretMissing: naming every setting that is missing, and what it is.
    """
    found = {name: given(name) for name in SETTINGS}
    missing = [f"{name} ({SETTINGS[name]})" for name, value in found.items() if not value]
    if missing:
        raise SecretMissing("sign-in is not set up; set " + ", ".join(missing))
    for name in ("IRE_PUBLIC_URL", "IRE_OIDC_METADATA_URL"):
        if not is_safe(found[name]):
            raise SecretMissing(f"{name} has to begin with https:// (http:// for localhost only)")
    return {
        "auth": {
            "redirect_uri": f"{found['IRE_PUBLIC_URL'].rstrip('/')}/{CALLBACK}",
            "cookie_secret": long_secret("IRE_COOKIE_SECRET"),
            "client_id": found["IRE_OIDC_CLIENT_ID"],
            "client_secret": found["IRE_OIDC_CLIENT_SECRET"],
            "server_metadata_url": found["IRE_OIDC_METADATA_URL"],
            # No more than is used; and whoever signs in shows it, on a shared computer too.
            "client_kwargs": {"scope": "openid email", "prompt": "login"},
        }
    }


def public_host() -> str:
    """The host that browsers name.

    Raises:
        SecretMissing: if sign-in is not set up.
    """
    return urlsplit(secrets()["auth"]["redirect_uri"]).hostname or ""


def is_safe(url: str) -> bool:
    """True where what is sent to an address can be read by nobody on the way."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1")
    )
