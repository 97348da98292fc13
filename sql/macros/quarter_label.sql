-- The NHS financial quarter of a day: "2026/27 Q2" is July to September 2026.
-- Arguments: (day)
concat(
    financial_year(day),
    ' Q',
    case
        when extract(month from day) >= 10 then '3'
        when extract(month from day) >= 7 then '2'
        when extract(month from day) >= 4 then '1'
        else '4'
    end
)
