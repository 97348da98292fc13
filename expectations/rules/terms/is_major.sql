-- Clavien-Dindo IIIa or worse, with or without the suffix d.
regexp_matches(clavien_dindo, '^(III|IV|V)')
