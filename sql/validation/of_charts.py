"""Control charts and CUSUM beside R's packages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sql.statistics import cusum, spc
from sql.validation import references
from sql.validation.comparing import Comparison, R, Reference, Row, Value, compared

NEAR, NEARER = 1e-9, 1e-10


def comparisons() -> Iterator[Comparison]:
    """Every recorded limit, signal, weight and run length."""
    for reference, rows in (
        (XMR, _xmr()),
        (POINTS, _points()),
        (RATES, _rates()),
        (RARE, _rare()),
        (PATH, _path()),
        (SIGNALS, _signals()),
        (WEIGHTS, _weights()),
        (RUNS, _runs()),
        (CHANCES, _chances()),
    ):
        yield compared(reference, rows)


def _recorded(name: str) -> Any:
    return references.answers("refs.json")[name]


XMR = Reference(
    "XmR chart: mean, limits and ranges, screened and not",
    "spc.xmr",
    f"{R}, as NHSRplotthedots 0.2",
    "refs.json: xmr, xmr_nhsr",
    7,
    NEAR,
)


def _xmr() -> Iterator[Row]:
    own, nhs = _recorded("xmr"), _recorded("xmr_nhsr")
    for where, chart, theirs in (
        ("plain", spc.xmr(own["y"]), own["plain"]),
        ("screened", spc.xmr(own["y"], is_screened=True), own["screened"]),
        ("baseline of 12", spc.xmr(own["y"], baseline=12), own["frozen12"]),
        ("constant", spc.xmr([5] * 8), own["constant"]),
        ("two values", spc.xmr([3, 7]), own["two"]),
        ("vignette, unscreened", spc.xmr(nhs["y"]), nhs["unscreened"]),
        ("vignette, screened", spc.xmr(nhs["y"], is_screened=True), nhs["screened"]),
    ):
        ours = [chart.mean, chart.mean_range, chart.lower, chart.upper, chart.range_limit]
        yield where, ours, [theirs[name] for name in ("mean", "amr", "lpl", "upl", "url")]


POINTS = Reference(
    "Which points of a chart are special causes, in words",
    "spc_rules.signalled",
    f"{R}, as NHSRplotthedots 0.2",
    "refs.json: xmr",
    1,
    0,
)
WORDS = {"common": "common cause", "outside": "outside limits", "trend7": "trend"}


def _points() -> Iterator[Row]:
    own = _recorded("xmr")
    found = spc.xmr(own["y"], is_screened=True).points["rule"].to_list()
    yield "screened", found, [WORDS[flag] for flag in own["nhs_flags_screened"]]


RATES = Reference(
    "p-, Laney p'- and u-chart: centre and limits",
    "spc.p_chart, p_prime_chart, u_chart",
    f"{R}, as qicharts2",
    "refs.json: pchart, uchart",
    4,
    NEAR,
)


def _rates() -> Iterator[Row]:
    p, u = _recorded("pchart"), _recorded("uchart")
    laney = spc.p_prime_chart(p["x"], p["n"])
    for where, chart, theirs in (
        ("p", spc.p_chart(p["x"], p["n"], "normal"), [p["cl"], *p["ucl"], *p["lcl"]]),
        ("p'", laney, [p["cl"], *p["laney_ucl"], *p["laney_lcl"]]),
        ("u", spc.u_chart(u["x"], u["n"]), [u["cl"], *u["ucl"], *u["lcl"]]),
    ):
        points = chart.points
        yield where, [chart.centre, *points["upper"], *points["lower"]], theirs
    exact = spc.p_chart(p["x"], p["n"], "exact").points["upper"].to_list()
    yield "p, exact", [*exact, laney.sigma_z], [*p["exact_ucl"], p["laney_sigma_z"]]


RARE = Reference(
    "Charts of rare events: procedures (g) and days (t) between them",
    "spc.g_chart, t_chart",
    f"{R}, as qicharts2",
    "refs.json: gchart, tchart",
    2,
    NEAR,
)


def _rare() -> Iterator[Row]:
    g, t = _recorded("gchart"), _recorded("tchart")
    found = spc.g_chart(g["y"])
    ours: list[Value] = [found.mean, found.centre, found.upper, found.rate, *found.probable]
    names = ("mean", "median", "ucl", "p_mle", "prob_hi975", "prob_hi")
    yield "g", ours, [g[name] for name in names]
    days = spc.t_chart(t["y"])
    ours = [days.centre, days.lower, days.upper, *days.probable]
    yield "t", ours, [t[name] for name in ("cl", "lcl", "ucl", "exp_lo", "exp_median", "exp_hi")]


PATH = Reference(
    "Risk-adjusted CUSUM, both directions, and VLAD, patient by patient",
    "cusum.cusum, vlad",
    R,
    "cusum_path.csv",
    60,
    NEARER,
)
OURS = {
    "w_up": "up_weight",
    "S_up": "up",
    "w_dn": "down_weight",
    "S_dn": "down",
    "vlad": "vlad",
    "vlad_var": "vlad_variance",
}


def _path() -> Iterator[Row]:
    theirs = references.table(PATH.file)
    found = cusum.cusum(theirs["risk"], theirs["y"], _recorded("cusum")["h"])
    for ours, one in zip(found.iter_rows(named=True), theirs.iter_rows(named=True), strict=True):
        yield (
            f"patient {one['i']}",
            [ours[name] for name in OURS.values()],
            [one[name] for name in OURS],
        )


SIGNALS = Reference("The patients at whom it signals", "cusum.cusum", R, "cusum_path.csv", 60, 0)


def _signals() -> Iterator[Row]:
    theirs = references.table(SIGNALS.file)
    found = cusum.cusum(theirs["risk"], theirs["y"], _recorded("cusum")["h"])
    signals = zip(
        found["number"],
        found["is_up_signal"],
        found["is_down_signal"],
        theirs["sig_up"],
        theirs["sig_dn"],
        strict=True,
    )
    for number, up, down, their_up, their_down in signals:
        yield f"patient {number}", [int(up), int(down)], [abs(their_up), abs(their_down)]


WEIGHTS = Reference(
    "Weights of a CUSUM, and a package's own test",
    "cusum.weights",
    "Steiner et al., Biostatistics 2000; R packages vlad and cusum",
    "refs.json: cusum",
    3,
    NEARER,
)


def _weights() -> Iterator[Row]:
    recorded = _recorded("cusum")
    steiner, package = recorded["steiner_RA2"], recorded["pkg_cusum_test"]
    for ratio, theirs in ((2.0, steiner["w"]), (0.5, recorded["steiner_RAhalf"])):
        yield (
            f"odds x {ratio}",
            cusum.weights(steiner["risk"], steiner["y"], ratio).tolist(),
            theirs,
        )
    sums = cusum.cusum(package["risks"], package["y"], 1e6)["up"].to_list()
    yield "the package's test", sums, package["S"]


RUNS = Reference(
    "Mean patients to a false signal of a CUSUM",
    "cusum.run_length",
    f"{R}, exact",
    "refs.json: cusum",
    9,
    NEARER,
    is_relative=True,
)


def _runs() -> Iterator[Row]:
    for name in ("arl0", "arl0_python_check"):
        case = _recorded("cusum")[name]
        for risk, threshold, theirs in zip(case["p0"], case["h"], case["exact"], strict=True):
            where = f"risk {risk}, threshold {threshold}"
            yield where, [cusum.run_length(risk, threshold)], [theirs]


CHANCES = Reference(
    "Chance of a false signal in 10 patients",
    "cusum.chance_of_signal",
    f"{R}, by enumeration",
    "refs.json: cusum",
    6,
    NEARER,
)


def _chances() -> Iterator[Row]:
    case = _recorded("cusum")["exact10"]
    for threshold, theirs in zip(case["h"], case["alpha"], strict=True):
        found = cusum.chance_of_signal([0.1] * 10, threshold)
        yield f"threshold {threshold}", [found], [theirs]
