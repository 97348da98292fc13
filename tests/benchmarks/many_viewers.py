"""The dashboard's server with a site lead for every site: scopes of their own, as in real use.

`python -m tests.benchmarks.many_viewers --address 127.0.0.1 --port N`, on a demo home.
"""

from typing import cast

from dashboard import data, server
from ingest.home import open_home
from ingest.register import registered_sites
from sql.access import DEMO_VIEWERS, Viewer


def lead_of(site):
    """The name by which a session is opened as the lead of a site."""
    return f"lead-{site}"


def main():
    """Serve until stopped."""
    sites = sorted(registered_sites(open_home(data.home()).newest_register()))
    cast(dict, DEMO_VIEWERS).update(
        {lead_of(site): Viewer(f"Lead of {site}", "site lead", (site,), site[:3]) for site in sites}
    )
    server.main()


if __name__ == "__main__":
    main()
