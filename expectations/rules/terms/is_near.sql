-- The lesion lies next to a vessel or a bile duct; null where the distances don't say.
-- The guidance doesn't define "next to": 10 mm is a proposal after Kingham 2012 [M].
case
    when dist_vessel_mm <= 10 or dist_bile_duct_mm <= 10 then true
    when
        (dist_vessel_mm > 10 or nearest_vessel = 'NONE')
        and (dist_bile_duct_mm > 10 or nearest_duct = 'NONE')
        then false
end
