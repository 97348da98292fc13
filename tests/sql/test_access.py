"""The matrix of role, action and own or other site."""

from dataclasses import replace
from typing import get_args

import pytest

from sql.access import DEMO_VIEWERS, MATRIX, AccessDenied, Action, Role, Viewer, require

# As design section 9 has it: what each role may do for (its own, another) site.
EXPECTED = """
    action                       uploader lead governance commissioner team admin
    see rows                     own      own  own        none         all  none
    see exclusions               none     none own        none         all  none
    see identity clashes         none     none none       none         all  none
    see published figures        all      all  all        all          all  none
    see definitions              all      all  all        all          all  all
    see cases                    own      own  own        all          all  none
    upload                       own      own  none       none         none none
    answer findings              own      own  none       none         none none
    accept exclusions            own      own  none       none         none none
    accept protected exclusions  none     none none       none         all  none
    sign off                     none     own  none       none         none none
    withdraw                     none     own  none       none         none none
    respond to a case            none     none own        none         none none
    review an event              none     none own        none         none none
    make a board pack            none     none own        none         none none
    load the register            none     none none       none         all  none
    publish a release            none     none none       none         all  none
    decide a case                none     none none       none         all  none
    agree to a change            none     none none       none         all  none
    lock a period                none     none none       none         all  none
    take a snapshot              none     none none       none         all  none
    ask for a bridge             all      all  all        none         all  none
    erase a patient              none     none none       none         all  none
    see the outbox               none     none none       none         all  all
    manage accounts              none     none none       none         none all
    read the audit log           none     none none       none         none all
"""
ROLES = get_args(Role)
CASES = [
    (role, line[:28].strip(), reach)
    for line in (row[4:] for row in EXPECTED.splitlines()[2:])
    for role, reach in zip(ROLES, line[28:].split(), strict=True)
]


def test_every_action_and_role_stands_in_the_matrix():
    assert set(MATRIX) == set(ROLES)
    assert {action for _, action, _ in CASES} == set(get_args(Action))
    assert len(CASES) == len(ROLES) * len(get_args(Action))


@pytest.mark.parametrize(("role", "action", "reach"), CASES)
def test_each_role_may_do_what_the_matrix_says_and_no_more(role, action, reach):
    viewer = Viewer("Dr A. Demo", role, ("ZZ102",))
    for site, is_allowed in (("ZZ102", reach != "none"), ("ZZ301", reach == "all")):
        assert viewer.may(action, site) is is_allowed
        if is_allowed:
            require(viewer, action, site)
        else:
            with pytest.raises(AccessDenied) as denied:
                require(viewer, action, site)
            assert str(denied.value).endswith(".")
            assert "ZZ301" not in str(denied.value)


@pytest.mark.parametrize(
    ("viewer", "action", "site", "sentence"),
    [
        (
            Viewer("D. Demo", "commissioner"),
            "see rows",
            None,
            "A commissioner may not see rows (published figures only).",
        ),
        (
            Viewer("C. Demo", "site uploader", ("ZZ102",)),
            "sign off",
            "ZZ102",
            "A site uploader may not sign off.",
        ),
        (
            Viewer("B. Demo", "site lead", ("ZZ102",)),
            "upload",
            "ZZ101",
            "This account may upload for ZZ102 only.",
        ),
        (
            Viewer("B. Demo", "site lead"),
            "upload",
            "ZZ101",
            "This account may upload for no site only.",
        ),
    ],
)
def test_a_denial_is_a_plain_sentence(viewer, action, site, sentence):
    with pytest.raises(AccessDenied) as denied:
        require(viewer, action, site)
    assert str(denied.value) == sentence


@pytest.mark.parametrize("role", ROLES)
def test_who_looks_back_sees_what_the_role_sees_and_may_do_nothing(role):
    present = Viewer("Dr A. Demo", role, ("ZZ102",))
    past = replace(present, is_looking_back=True)
    for action in get_args(Action):
        expected = present.reach(action) if action.startswith("see ") else "none"
        assert past.reach(action) == expected


def test_an_action_nobody_listed_is_refused():
    for role in ROLES:
        assert not Viewer("Dr A. Demo", role, ("ZZ102",)).may("fly", "ZZ102")


def test_demo_viewers_have_neutral_names_and_sites_that_no_nhs_body_holds():
    assert {viewer.role for viewer in DEMO_VIEWERS.values()} >= {
        "site uploader",
        "site lead",
        "governance lead",
        "commissioner",
        "registry team",
    }
    for viewer in DEMO_VIEWERS.values():
        assert viewer.name.endswith(". Demo")
        assert all(site.startswith("ZZ") for site in viewer.sites)
