"""Who may do what: the viewer, the roles, and the matrix of role, action and reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Role = Literal[
    "site uploader",
    "site lead",
    "governance lead",
    "commissioner",
    "registry team",
    "registry admin",
]
Reach = Literal["none", "own", "all"]
Action = Literal[
    "see rows",
    "see exclusions",
    "see identity clashes",
    "see published figures",
    "see definitions",
    "see cases",
    "upload",
    "answer findings",
    "accept exclusions",
    "accept protected exclusions",
    "sign off",
    "withdraw",
    "respond to a case",
    "review an event",
    "make a board pack",
    "load the register",
    "publish a release",
    "decide a case",
    "agree to a change",
    "lock a period",
    "take a snapshot",
    "ask for a bridge",
    "erase a patient",
    "see the outbox",
    "manage accounts",
    "read the audit log",
]

# What an action begins with that changes nothing of the registry: no submission, no figure, no
# case. What a person keeps for themselves alone, views and the last visit, goes with seeing.
SEEING = "see "

# Own: the sites that the account names. All: every site. An action not listed: none.
MATRIX: Mapping[Role, Mapping[Action, Reach]] = {
    "site uploader": {
        "see rows": "own",
        "see published figures": "all",
        "see definitions": "all",
        "see cases": "own",
        "upload": "own",
        "answer findings": "own",
        "accept exclusions": "own",
        "ask for a bridge": "all",
    },
    "site lead": {
        "see rows": "own",
        "see published figures": "all",
        "see definitions": "all",
        "see cases": "own",
        "upload": "own",
        "answer findings": "own",
        "accept exclusions": "own",
        "sign off": "own",
        "withdraw": "own",
        "ask for a bridge": "all",
    },
    "governance lead": {
        "see rows": "own",
        "see exclusions": "own",
        "see published figures": "all",
        "see definitions": "all",
        "see cases": "own",
        "respond to a case": "own",
        "review an event": "own",
        "make a board pack": "own",
        "ask for a bridge": "all",
    },
    "commissioner": {
        "see published figures": "all",
        "see definitions": "all",
        "see cases": "all",  # once published, and without a figure
    },
    "registry team": {
        "see rows": "all",
        "see exclusions": "all",
        "see identity clashes": "all",
        "see published figures": "all",
        "see definitions": "all",
        "see cases": "all",
        "accept protected exclusions": "all",
        "load the register": "all",
        "publish a release": "all",
        "decide a case": "all",
        "agree to a change": "all",
        "lock a period": "all",
        "take a snapshot": "all",
        "ask for a bridge": "all",
        "erase a patient": "all",
        "see the outbox": "all",
    },
    "registry admin": {
        "see definitions": "all",
        "see the outbox": "all",
        "manage accounts": "all",
        "read the audit log": "all",
    },
}


class AccessDenied(Exception):
    """The viewer may not do this; the message is a sentence for the viewer.

    Attributes:
        action: what was asked, and `site` for which; None where it is no single action.
        is_logged: True once it stands in the audit log, where each stands once.
    """

    def __init__(self, says: str, action: Action | None = None, site: str | None = None) -> None:
        super().__init__(says)
        self.action, self.site, self.is_logged = action, site, False


@dataclass(frozen=True)
class Viewer:
    """Who is looking: a name to show, a role, and the sites the account names.

    `sites` is empty for roles that own no rows and for the registry team (all sites).
    `trust` is the trust whose sites a governance lead holds; for display only.
    `login` is the account's.
    Who looks back at a past state may see what the role sees, and do nothing.
    """

    name: str
    role: Role
    sites: tuple[str, ...] = ()
    trust: str | None = None
    login: str = ""
    is_looking_back: bool = False

    @property
    def by(self) -> str:
        """Who did it, as the ledger keeps it: the login, which is one person's alone."""
        return self.login or f"{self.name}, {self.role}"

    def reach(self, action: Action) -> Reach:
        if self.is_looking_back and not action.startswith(SEEING):
            return "none"
        return MATRIX[self.role].get(action, "none")

    def may(self, action: Action, site: str | None = None) -> bool:
        """True where the role allows the action, and for `site` where one is given."""
        reach = self.reach(action)
        return reach == "all" or (reach == "own" and (site is None or site in self.sites))


def require(viewer: Viewer, action: Action, site: str | None = None) -> None:
    """Pass, or raise AccessDenied with a plain sentence.

    The sentence is the same whether or not the site exists.
    """
    if viewer.may(action, site):
        return
    if viewer.reach(action) == "none":
        article = "an" if viewer.role.startswith(("a", "e", "i", "o")) else "a"
        where = " (published figures only)" if viewer.role == "commissioner" else ""
        says = f"{article.capitalize()} {viewer.role} may not {action}{where}."
        raise AccessDenied(says, action, site)
    held = ", ".join(viewer.sites) or "no site"
    raise AccessDenied(f"This account may {action} for {held} only.", action, site)


# The personas of the demo home, in the order in which the picker lists them.
DEMO_VIEWERS: Mapping[str, Viewer] = {
    "governance": Viewer("Dr A. Demo", "governance lead", ("ZZ301", "ZZ302"), "ZZ3"),
    "lead": Viewer("Dr B. Demo", "site lead", ("ZZ102",), "ZZ1"),
    "uploader": Viewer("C. Demo", "site uploader", ("ZZ102",), "ZZ1"),
    "commissioner": Viewer("D. Demo", "commissioner"),
    "team": Viewer("E. Demo", "registry team"),
    "admin": Viewer("F. Demo", "registry admin", login="f.demo@registry.example"),
}
