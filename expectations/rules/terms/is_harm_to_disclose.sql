-- Clavien-Dindo IIIb or worse, with or without the suffix d.
regexp_matches(clavien_dindo, '^(IIIb|IV|V)')
