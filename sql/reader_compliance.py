"""Own compliance with the guidance: met, not met and cannot tell, by case and over time."""

from __future__ import annotations

from typing import Any

import polars as pl

from sql import rate_counts, reader_rates, reader_trends, sentences
from sql.reader_source import Source
from sql.remedies import BETWEEN, remedies, remedy
from sql.selection import WHOLE
from sql.statistics.intervals import wilson

BUNDLE = "C11"

# The column of fct_compliance_fact that holds what a rule was judged on.
FACTS = {
    "C1": "research",
    "C2": "mdt",
    "C3": "centre",
    "C4": "operator",
    "C5": "governance",
    "C6": "anaesthesia",
    "C7": "spacing",
    "C8": "ecg",
}

ON_RECORD = """
    select
        value.indicator_id as rule_id,
        case
            when value.value = 1 then 'met'
            when value.value = 0 then 'not met'
            else 'cannot tell'
        end as result,
        value.reason,
        fact.*
    from indicator_value as value
    inner join fct_compliance_fact as fact using (site_id, procedure_id)
    where value.site_id = $site
        and value.procedure_id = $procedure
        and value.site_id = any($sites)
        and value.indicator_id = any($rules)
"""

LISTED = """
    select
        value.site_id,
        value.procedure_id,
        value.event_date as procedure_date,
        procedure.nice_guidance,
        case when value.value = 0 then 'not met' else 'cannot tell' end as result,
        value.reason,
        procedure.submission_id,
        procedure.source_file,
        procedure.source_line
    from indicator_value as value
    inner join fct_procedure as procedure using (site_id, procedure_id)
    where value.indicator_id = $rule
        and coalesce(value.value, 0) = 0
        and value.site_id = any($sites)
        and value.event_date between $start and $finish
        and ($site is null or value.site_id = $site)
    order by value.event_date desc, value.site_id, value.procedure_id
"""


def compliance(source: Source, period_label: str, by: str) -> pl.DataFrame:
    period = source.period(period_label)
    rules = compliance_rules(source)
    counted = rate_counts.counts(source, list(rules), period, WHOLE)
    known = {(rule, site): numbers for rule, site, *numbers in counted.iter_rows()}
    groups = [[site] for site in source.sites] if by == "site" else [source.sites]
    rows = []
    for group in groups:
        name = source.site_names[group[0]] if len(group) == 1 else source.together
        for rule, entry in rules.items():
            numbers = [
                sum(known.get((rule, s), reader_rates.NONE)[i] for s in group) for i in range(3)
            ]
            place = {
                "site_id": group[0] if by == "site" else None,
                "site_name": source.site_names[group[0]] if by == "site" else None,
                "rule_id": rule,
                "title": entry["title"],
                "clause": ", ".join(entry["clause"].split()),
            }
            figures = tri_state(*numbers)
            counts = (numbers[0], numbers[1], numbers[2])
            said = {"sentence": sentences.compliance(name, entry["title"], counts)}
            rows.append(place | figures | said)
    return pl.DataFrame(rows, schema=COMPLIANCE_SCHEMA, orient="row")


ON_RECORD_SCHEMA = dict.fromkeys(("rule_id", "title", "result", "reason", "facts"), pl.String)
COMPLIANCE_SCHEMA = pl.Schema(
    {
        "site_id": pl.String(),
        "site_name": pl.String(),
        "rule_id": pl.String(),
        "title": pl.String(),
        "clause": pl.String(),
        "eligible": pl.Int64(),
        "met": pl.Int64(),
        "not_met": pl.Int64(),
        "cannot_tell": pl.Int64(),
        "rate": pl.Float64(),
        "lower": pl.Float64(),
        "upper": pl.Float64(),
        "upper_bound": pl.Float64(),
        "status": pl.String(),
        "sentence": pl.String(),
    }
)


def compliance_rules(source: Source) -> dict[str, dict[str, Any]]:
    """The compliance indicators by id: the bundle first, then by number."""
    found = source.rows("select * from indicator where kind = 'compliance'")
    return {
        entry["id"]: entry
        for entry in sorted(
            found.iter_rows(named=True),
            key=lambda entry: (entry["id"] != BUNDLE, int(entry["id"].lstrip("C"))),
        )
    }


def tri_state(eligible: int, met: int, cannot_tell: int) -> dict[str, Any]:
    """Figures and status from the three counts; the status names the worst that is known."""
    not_met = eligible - met - cannot_tell
    lower, upper = (float(limit) for limit in wilson(met, eligible))
    status = (
        "none"
        if eligible == 0
        else "breaches"
        if not_met
        else "cannot tell"
        if cannot_tell
        else "met"
    )
    return {
        "eligible": eligible,
        "met": met,
        "not_met": not_met,
        "cannot_tell": cannot_tell,
        "rate": met / eligible if eligible else None,
        "lower": lower if eligible else None,
        "upper": upper if eligible else None,
        "upper_bound": (met + cannot_tell) / eligible if eligible else None,
        "status": status,
    }


def breaches(source: Source, rule_id: str, site: str | None, period_label: str) -> pl.DataFrame:
    if site is not None:
        source.require_own(site)
    _known(source, rule_id)
    period = source.period(period_label)
    found = source.rows(LISTED, rule=rule_id, start=period.start, finish=period.end, site=site)
    told = pl.Series("remedy", [why and remedy(why) for why in found["reason"]], dtype=pl.String)
    columns = ["site_id", "procedure_id", "procedure_date", "nice_guidance", "result", "reason"]
    return found.with_columns(told).select(
        *columns, "remedy", "submission_id", "source_file", "source_line"
    )


def on_record(source: Source, site: str, procedure: str) -> pl.DataFrame:
    source.require_own(site)
    found = source.rows(ON_RECORD, site=site, procedure=procedure, rules=list(FACTS))
    titles = {rule: entry["title"] for rule, entry in compliance_rules(source).items()}
    rows = [
        {
            "rule_id": row["rule_id"],
            "title": titles[row["rule_id"]],
            "result": row["result"],
            "reason": row["reason"],
            "facts": row[FACTS[row["rule_id"]]] or "nothing",
        }
        for row in sorted(found.iter_rows(named=True), key=lambda row: row["rule_id"])
    ]
    return pl.DataFrame(rows, schema=ON_RECORD_SCHEMA, orient="row")


def breach_reasons(
    source: Source, rule_id: str, site: str | None, period_label: str
) -> pl.DataFrame:
    listed = breaches(source, rule_id, site, period_label)
    counted = (
        listed.select("result", pl.col("reason").str.split(BETWEEN), "procedure_id", "site_id")
        .explode("reason")
        .unique()
        .group_by("result", "reason")
        .agg(pl.len().cast(pl.Int64).alias("procedures"))
        .sort(["procedures", "result", "reason"], descending=[True, True, False])
    )
    return counted.with_columns(remedy=pl.col("reason").replace_strict(remedies()))


def trend(source: Source, rule_id: str, site: str | None) -> pl.DataFrame:
    _known(source, rule_id)
    rows = [
        {"quarter": quarter.label, "quarter_end": quarter.end} | tri_state(*numbers[:3])
        for quarter, numbers in reader_trends.by_quarter(source, rule_id, site)
    ]
    schema: dict[str, Any] = {"quarter": pl.String, "quarter_end": pl.Date}
    figures = ("eligible", "met", "not_met", "cannot_tell", "rate", "lower", "upper")
    schema |= {name: COMPLIANCE_SCHEMA[name] for name in (*figures, "upper_bound")}
    kept = [{name: row[name] for name in schema} for row in rows]
    return pl.DataFrame(kept, schema=schema, orient="row")


def _known(source: Source, rule_id: str) -> None:
    if rule_id not in compliance_rules(source):
        raise ValueError(f"no such compliance rule in this release: {rule_id}")
