"""Published participation: who reports, and how much of what hospital statistics hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb
import polars as pl

from sql import disclosure
from sql.disclosure import SUPPRESSED, hes, text
from sql.published_rates import TOO_FEW, TOO_FEW_SITES
from sql.reader_periods import period
from sql.reader_source import frame

# Quarters whose submission gave a count of hospital statistics, and the procedures of the
# same quarters. That count includes electrochemotherapy: the codes do not tell them apart.
ASCERTAINED = """
    select
        quarter.site_id,
        count(*) as quarters,
        sum(quarter.procedures)::bigint as procedures,
        sum(quarter.hes_ire_count)::bigint as expected
    from (
        select
            counted.site_id,
            counted.hes_ire_count,
            (
                select count(*)
                from fct_procedure as procedure
                where procedure.site_id = counted.site_id
                    and procedure.is_counted
                    and procedure.procedure_date
                        between counted.quarter_start and counted.quarter_end
            ) as procedures
        from site_quarter as counted
        inner join dim_site as site using (site_id)
        where counted.hes_ire_count is not null
            and counted.quarter_start >= $start
            and counted.quarter_end <= $finish
            and counted.quarter_end <= site.complete_to
    ) as quarter
    group by quarter.site_id
"""

ASCERTAINMENT_SCHEMA = {
    **dict.fromkeys(("site_id", "site_name", "procedures_text", "expected_text"), pl.String),
    "percent": pl.Int64,
    "note": pl.String,
}


def quarters(source: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """pub_participation: counts of quarters, not of patients: they are not rounded."""
    return frame(
        source,
        """
        select
            site.site_id,
            site.site_name,
            count(*) filter (where quarter.is_due) as quarters_expected,
            count(*) filter (where quarter.state = 'reported') as quarters_reported,
            count(*) filter (where quarter.state = 'nil return') as quarters_nil,
            count(*) filter (where quarter.is_late) as quarters_late,
            count(*) filter (where quarter.is_due and quarter.state = 'missing')
                as quarters_missing,
            site.complete_to
        from dim_site as site
        left join site_quarter as quarter using (site_id)
        group by site.site_id, site.site_name, site.complete_to
        order by site.site_id
        """,
    )


def ascertainment(
    source: duckdb.DuckDBPyConnection, release: Mapping[str, Any], strata: Mapping[str, Any]
) -> pl.DataFrame:
    """pub_ascertainment: one row per site that gave a count, then one for all (site_id null).

    The national row adds up the published counts of sites: it says no count of its own, so
    that nothing can be subtracted from it. Sites with a suppressed count are left out of it.
    """
    over = period(strata["period"], release["data_date"])
    found = frame(source, ASCERTAINED, {"start": over.start, "finish": over.end})
    names = dict(frame(source, "select site_id, site_name from dim_site").iter_rows())
    rows: list[dict[str, Any]] = []
    shown = []
    for site, _, procedures, expected in found.sort("site_id").iter_rows():
        treated, known = hes(procedures), hes(expected)
        said = {"procedures_text": text(treated), "expected_text": text(known)}
        rows.append({"site_id": site, "site_name": names[site]} | said)
        if treated is not None and known is not None:
            shown.append((treated, known))
    rows.append(_all(shown))
    return pl.DataFrame(
        [dict.fromkeys(ASCERTAINMENT_SCHEMA) | row for row in rows],
        schema=ASCERTAINMENT_SCHEMA,
        orient="row",
    )


def _all(shown: list[tuple[int, int]]) -> dict[str, Any]:
    procedures, expected = (sum(counts) for counts in zip((0, 0), *shown, strict=True))
    if not disclosure.is_national([treated for treated, _ in shown], procedures):
        texts = dict.fromkeys(("procedures_text", "expected_text"), SUPPRESSED)
        return texts | {"note": TOO_FEW_SITES}
    is_enough = expected >= disclosure.FEWEST_FOR_PERCENT
    return {
        "procedures_text": str(procedures),
        "expected_text": str(expected),
        "percent": disclosure.whole(procedures, expected) if is_enough else None,
        "note": None if is_enough else TOO_FEW,
    }
