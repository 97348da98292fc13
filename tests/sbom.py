"""What the product is made of: an SBOM of what it runs on, and the list of licences.

`make sbom` writes both. Of the environment only what requirements.lock pins is taken: what else is
there tests the product and does not go with it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
LICENCES = ROOT / "docs" / "operations" / "licences.md"
HEAD = """# Licences

What the product runs on, as `make sbom` finds it in the environment that `requirements.lock` makes.
Those under the MPL and the LGPL are used as they are: neither asks for the product's own source.

| package | version | licence |
|---|---|---|
"""


def pinned() -> dict[str, str]:
    """The packages of requirements.lock and their versions."""
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    return dict(re.findall(r"^([a-z0-9][\w.-]*)==([^ ]+) ", lock, re.M | re.I))


def sbom() -> dict[str, Any]:
    """The CycloneDX SBOM of what is pinned, as found installed."""
    tool = Path(sys.prefix) / "sbom" / "bin" / "cyclonedx-py"
    command = [tool, "environment", sys.executable]
    options = ["--output-reproducible", "--short-PURLs", "--pyproject", ROOT / "pyproject.toml"]
    told = subprocess.run([*command, *options], capture_output=True, check=True).stdout
    found: dict[str, Any] = json.loads(told)
    names = {_plain(name) for name in pinned()}
    found["components"] = [one for one in found["components"] if _plain(one["name"]) in names]
    kept = {one["bom-ref"] for one in found["components"]} | {
        found["metadata"]["component"]["bom-ref"]
    }
    found["dependencies"] = [
        {**one, "dependsOn": sorted(kept & set(one.get("dependsOn", ())))}
        for one in found["dependencies"]
        if one["ref"] in kept
    ]
    return found


def licence(component: dict[str, Any]) -> str:
    """The licence of a component in one line; empty where its package names none."""
    said = [
        one.get("expression") or one["license"].get("id") or one["license"]["name"]
        for one in component.get("licenses", ())
    ]
    short = [re.sub(r"^License :: (OSI Approved :: )?", "", text) for text in said]
    named = [text for text in short if text and "\n" not in text and len(text) < 100]
    return "; ".join(dict.fromkeys(named)) or metadata(component["name"]).get("License") or ""


def licences(found: dict[str, Any]) -> str:
    rows = sorted((one["name"], one["version"], licence(one)) for one in found["components"])
    return HEAD + "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main(out: Path) -> None:
    found = sbom()
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    LICENCES.write_text(licences(found), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
