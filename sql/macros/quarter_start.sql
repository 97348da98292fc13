-- The first day of the quarter that holds a day (NHS quarters are calendar quarters).
-- Arguments: (day)
date_trunc('quarter', day)::date
