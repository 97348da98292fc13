-- The distance that rules call near, in mm: a proposal after Kingham 2012 [M]. Indicators take
-- the value that was the registry's policy on the day of the procedure.
10
