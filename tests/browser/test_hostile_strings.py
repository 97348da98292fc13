"""60 hostile strings in every text field: shown as typed on every page, and nothing live."""

from __future__ import annotations

import re
import unicodedata

import pytest

from dashboard.app import PAGES
from sql.access import DEMO_VIEWERS
from tests.browser.conftest import TABLES, TABLES_LAG
from tests.browser.hostile_home import make_hostile
from tests.hostile_strings import SHOWN, named
from tests.records import record

pytestmark = pytest.mark.browser

# All the text of a page, also of what is folded in, and what stands in its boxes.
TEXTS = """() => {
    const said = [...document.querySelectorAll('input, textarea')].map(one => one.value);
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    let whole = '';
    while (walk.nextNode())
        if (!['SCRIPT', 'STYLE'].includes(walk.currentNode.parentNode.tagName)
                && !walk.currentNode.parentNode.closest('canvas'))
            whole += walk.currentNode.data;
    return [whole, ...said];
}"""
# What a string of others must never become: an element of its own, or one that is dressed.
LIVE = """() => {
    const found = [];
    const plain = ['P', 'STRONG', 'UL', 'LI', 'DIV', 'SPAN', 'BR', 'LABEL'];
    for (const one of document.querySelectorAll('*')) {
        for (const attribute of one.attributes)
            if (attribute.name.startsWith('on')) found.push(one.outerHTML);
        if (one.matches('a[href]') && new URL(one.href).origin !== location.origin
                || one.matches('.katex, iframe, math, object, embed, form[action]')
                || one.matches('script') && /H\\d\\d/.test(one.textContent + one.src))
            found.push(one.outerHTML);
    }
    for (const one of document.querySelectorAll('[data-testid="stMarkdownContainer"] *'))
        if (/H\\d\\d/.test(one.textContent) && (!plain.includes(one.tagName)
                || one.getAttribute('style') || one.className && one.tagName === 'SPAN')
                || one.matches('img, [data-testid="stIconMaterial"]'))
            found.push(one.outerHTML);
    return found.map(one => one.slice(0, 300));
}"""
SAMPLE = (
    ("team", "Home"),
    ("team", "Compliance"),
    ("team", "Submissions"),
    ("team", "Cases"),
    ("governance", "Cases"),
    ("lead", "Upload"),
    ("admin", "Accounts"),
    ("team", "Erasure"),
    ("admin", "Audit log"),
)
MOST = 6  # choices of a list
# Where a list holds what others wrote, or opens it.
OPENED = (
    ("team", "Cases"),
    ("governance", "Cases"),
    ("lead", "Cases"),
    ("team", "Submissions"),
    ("lead", "Submissions"),
    ("team", "Releases"),
    ("team", "Compliance"),
    ("admin", "Accounts"),
    ("admin", "Audit log"),
)


def first_page(persona):
    """The title of the page at the root."""
    return next(page.title for page in PAGES if DEMO_VIEWERS[persona].may(page.action))


@pytest.fixture
def changeable_home(changeable_home):
    make_hostile(changeable_home)
    return changeable_home


@pytest.fixture
def hostile(look_at_a_copy):
    look = look_at_a_copy

    def refused(dialog):
        look.wrong.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    look.page.on("dialog", refused)
    return look


def bare(text):
    """The text without white space and what is not seen: a page may break a line anywhere."""
    return "".join(
        sign for sign in text if not sign.isspace() and unicodedata.category(sign) not in "CfCcZl"
    )


TYPED = [{bare(text), bare(named(text))} for text in SHOWN]


def changed(text):
    """Each place of a page's text at which a mark stands, and not its string as typed."""
    said = bare(text)
    for mark in re.finditer(r"H([0-5]\d)", said):
        if not any(
            _stands(said[mark.start() - before.start() :], typed, before.end())
            for typed in TYPED[int(mark[1])]
            for before in re.finditer(mark[0], typed)
            if mark.start() >= before.start()
        ):
            yield said[max(0, mark.start() - 30) : mark.end() + 30]


def _stands(said, typed, marked):
    """Whether the text begins with the string, whole or cut at its end with …."""
    same = next((n for n, pair in enumerate(zip(said, typed, strict=False)) if pair[0] != pair[1]),
                min(len(said), len(typed)))  # fmt: skip
    return same == len(typed) or (same >= marked and said[same : same + 1] == "…")


def looked_over(look, persona, title):
    """What is wrong on a page, and the marks that stand on it."""
    look.at(persona, title, first=first_page(persona))
    return as_drawn(look)


def as_drawn(look):
    """What is wrong on what is drawn now, and the marks that stand on it."""
    tables = [cell for one in look.page.evaluate(TABLES) for row in one for cell in row]
    texts = [*look.page.evaluate(TEXTS), *tables]
    wrong = [f"changed: {place}" for text in texts for place in changed(text)]
    wrong += [f"live: {one}" for one in look.page.evaluate(LIVE)]
    return wrong, set(re.findall(r"H[0-5]\d", " ".join(texts)))


def opened(look, persona, title, most):
    """Each list of a page unfolded, and what each of its first choices shows.

    Gives one (what was opened, what is wrong, the marks that stand there) after the other.
    """
    look.at(persona, title, first=first_page(persona))
    boxes = look.page.get_by_test_id("stMain").get_by_test_id("stSelectbox")
    for label in boxes.get_by_test_id("stWidgetLabel").all_text_contents():
        box = boxes.filter(has_text=label).first
        if not box.is_visible():  # of a tab that is not shown
            continue
        unfolded(look, box)
        yield f"{label}, unfolded", *as_drawn(look)
        choices = look.page.get_by_role("option").count()
        look.page.keyboard.press("Escape")
        for number in range(1, min(choices, most)):
            unfolded(look, box)
            look.page.get_by_role("option").nth(number).click()
            look.still()
            compared(look)
            yield f"{label}, choice {number + 1}", *as_drawn(look)


def unfolded(look, box):
    box.scroll_into_view_if_needed()
    look.still()
    box.get_by_role("combobox").click()
    look.page.get_by_role("option").first.wait_for()


def compared(look):
    """Where a submission is chosen, what has changed in it, as far as that can be asked for."""
    fold = look.page.get_by_text("What has changed since an earlier submission")
    if not fold.count():
        return
    fold.click()
    look.page.get_by_role("button", name="Show what has changed").click()
    look.still()
    look.page.wait_for_timeout(TABLES_LAG)


def test_each_string_is_shown_as_typed_and_nothing_is_live(hostile):
    marks, wrong = set(), {}
    for persona, title in SAMPLE:
        wrong[persona, title], seen = looked_over(hostile, persona, title)
        marks |= seen
    assert {place: said for place, said in wrong.items() if said} == {}
    assert marks == {f"H{number:02}" for number in range(60)}


@pytest.mark.trial
def test_every_page_as_every_persona(hostile):
    marks, wrong, pages = set(), {}, 0
    for persona in DEMO_VIEWERS:
        hostile.at(persona, first_page(persona), first=first_page(persona))
        links = hostile.page.get_by_test_id("stSidebarNavLink").all_text_contents()
        for title in links:
            wrong[persona, title], seen = looked_over(hostile, persona, title)
            marks |= seen
            pages += 1
    views = 0
    for persona, title in OPENED:
        for what, said, seen in opened(hostile, persona, title, most=MOST):
            wrong[persona, title, what] = said
            marks |= seen
            views += 1
    found = {place: said for place, said in wrong.items() if said}
    record(
        "trial-hostile-strings",
        "60 hostile strings in every text field, through every page",
        [
            f"{pages} pages opened, each as every persona that may",
            f"{views} lists unfolded, or choices of one, up to {MOST} of each:"
            f" {', '.join(f'{title} as {persona}' for persona, title in OPENED)}",
            f"strings that stood on some page: {len(marks)} of {len(SHOWN)}",
            f"pages on which a string was changed or live: {len(found)}",
            f"dialogs, errors and requests to another host: {len(hostile.wrong)}",
        ],
    )
    assert found == {}
    assert len(marks) == len(SHOWN)
