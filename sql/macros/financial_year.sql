-- The NHS financial year of a day, April to March: "2026/27".
-- Arguments: (day)
case
    when extract(month from day) >= 4
        then concat(
            cast(extract(year from day) as integer),
            '/',
            right(cast(cast(extract(year from day) + 1 as integer) as varchar), 2)
        )
    else concat(
        cast(extract(year from day) - 1 as integer),
        '/',
        right(cast(cast(extract(year from day) as integer) as varchar), 2)
    )
end
