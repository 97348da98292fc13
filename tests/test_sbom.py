"""The SBOM names what is pinned and nothing else, each with a licence that we may use."""

import json
import re

import pytest

from tests.sbom import LICENCES, licence, licences, pinned, sbom

KNOWN = re.compile(
    r"MIT|BSD|Apache|PSF|MPL|Mozilla Public License|ISC|Zlib|CC0|LGPL|Lesser General Public"
)


@pytest.fixture(scope="module")
def found():
    return sbom()


def test_it_names_every_package_that_is_pinned_and_its_version(found):
    def plain(name):
        return re.sub(r"[-_.]+", "-", name).lower()

    named = {plain(one["name"]): one["version"] for one in found["components"]}
    assert named == {plain(name): version for name, version in pinned().items()}
    assert found["metadata"]["component"]["name"] == "ire-liver-audit"
    refs = {one["bom-ref"] for one in found["components"]}
    asked = {ref for one in found["dependencies"] for ref in one["dependsOn"]}
    assert asked <= refs
    assert f"streamlit=={pinned()['streamlit']}" in asked


def test_no_licence_is_unknown(found):
    for one in found["components"]:
        assert KNOWN.search(licence(one)), one["name"]


def test_the_list_of_licences_is_what_is_installed(found):
    assert LICENCES.read_text("utf-8") == licences(found)


def test_it_names_no_place_that_packages_come_from(found):
    assert not re.search(r"repository_url|download_url", json.dumps(found))
