-- Full years between a month of birth ("1950-07") and a day: the birthday's month counts.
-- Arguments: (birth_year_month, day)
cast(
    floor(
        (
            extract(year from day) * 12
            + extract(month from day)
            - try_cast(substr(birth_year_month, 1, 4) as integer) * 12
            - try_cast(substr(birth_year_month, 6, 2) as integer)
        ) / 12.0
    ) as integer
)
