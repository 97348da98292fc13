-- A day as it is read: "3 Apr 2026".
-- Arguments: (day)
strftime(day, '%-d %b %Y')
