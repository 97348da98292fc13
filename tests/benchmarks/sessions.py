"""Many sessions of the dashboard over its own socket, each with pauses to think.

`python -m tests.benchmarks.sessions ADDRESS,ADDRESS SECONDS SITE...` prints a JSON list of
[seconds since the start, page, what was asked, milliseconds] of each run of a page's script.
A session stays with one of the addresses, as the proxy has it.
"""

import asyncio
import json
import random
import sys
import time
from urllib.parse import urlencode

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from tests.benchmarks.many_viewers import lead_of

THINK_SECONDS = 3.0
PATIENCE_SECONDS = 60
OF_ALL = ("governance", "uploader", "commissioner", "commissioner", "team")
PAGES = ("", "complications", "outcomes", "compliance", "data-quality", "selection", "equity")
OWN = ("submissions", "cases")
CONTROLS = ("Period", "Tumour type", "Approach", "Largest lesion", "Site")


class Session:
    """What a browser holds of one session: its page, the controls on it, and what was chosen."""

    def __init__(self, socket, persona):
        self.socket, self.persona = socket, persona
        self.page, self.controls, self.chosen = "", {}, {}

    async def open(self, page):
        self.page, self.controls = page, {}
        await self.run()

    async def choose(self, chance):
        """Another option of one of the controls of the filter bar."""
        control = chance.choice(sorted(self.controls, key=lambda one: one.id))
        self.chosen[control.id] = chance.choice(control.options)
        await self.run()

    async def run(self):
        """Ask for a run of the page's script, and read until it has ended."""
        asked = BackMsg()
        asked.rerun_script.query_string = urlencode({"persona": self.persona})
        asked.rerun_script.page_name = self.page
        for name, option in self.chosen.items():
            asked.rerun_script.widget_states.widgets.add(id=name, string_value=option)
        await self.socket.send(asked.SerializeToString())
        controls = {}
        while True:
            message = ForwardMsg()
            message.ParseFromString(await asyncio.wait_for(self.socket.recv(), PATIENCE_SECONDS))
            drawn = message.delta.new_element
            if drawn.alert.format == Alert.ERROR:
                raise AssertionError(f"{self.persona} at {self.page or 'home'}: {drawn.alert.body}")
            if drawn.selectbox.label in CONTROLS:
                controls[drawn.selectbox.label] = drawn.selectbox
            if message.WhichOneof("type") == "script_finished":
                self.controls = list(controls.values())
                return


async def sit(address, persona, pages, chance, seconds, begun, runs):
    """One session: a page, a pause, another page or another selection of the same."""
    await asyncio.sleep(chance.uniform(0, THINK_SECONDS))
    async with connect(
        f"ws://{address}/_stcore/stream",
        subprotocols=[Subprotocol("streamlit")],
        max_size=None,
        proxy=None,
    ) as socket:
        session = Session(socket, persona)
        while time.monotonic() - begun < seconds:
            sent, is_choice = time.monotonic(), bool(session.controls) and chance.random() < 0.5
            await (session.choose(chance) if is_choice else session.open(chance.choice(pages)))
            took = round(1000 * (time.monotonic() - sent), 1)
            kind = "choice" if is_choice else "page"
            runs.append((round(sent - begun, 2), session.page or "home", kind, took))
            await asyncio.sleep(chance.uniform(0.5, 1.5) * THINK_SECONDS)


async def main(addresses, seconds, sites):
    begun, runs = time.monotonic(), []
    sessions = [(lead_of(site), PAGES + OWN) for site in sites]
    sessions += [(name, PAGES if name == "commissioner" else PAGES + OWN) for name in OF_ALL]
    async with asyncio.TaskGroup() as all_of_them:
        for place, (persona, pages) in enumerate(sessions):
            chance, address = random.Random(place), addresses[place % len(addresses)]
            all_of_them.create_task(sit(address, persona, pages, chance, seconds, begun, runs))
    print(json.dumps(runs))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1].split(","), float(sys.argv[2]), sys.argv[3:]))
