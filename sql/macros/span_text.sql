-- A span of days as it is read; without an end it is open, without a beginning it is none.
-- Arguments: (first_day, last_day)
day_text(first_day)
|| case
    when last_day is null then ', without an end'
    else ' to ' || day_text(last_day)
end
