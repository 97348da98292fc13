-- The lesion lies next to a vessel or a bile duct; null where the distances don't say.
-- The guidance doesn't define "next to": near_mm is a proposal [M].
case
    when dist_vessel_mm <= {near_mm} or dist_bile_duct_mm <= {near_mm} then true
    when
        (dist_vessel_mm > {near_mm} or nearest_vessel = 'NONE')
        and (dist_bile_duct_mm > {near_mm} or nearest_duct = 'NONE')
        then false
end
