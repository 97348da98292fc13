-- Full years from the month of birth to the procedure: the birthday's month counts.
floor(
    (
        extract(year from procedure.procedure_date) * 12
        + extract(month from procedure.procedure_date)
        - substr(patient.birth_year_month, 1, 4)::integer * 12
        - substr(patient.birth_year_month, 6, 2)::integer
    ) / 12.0
)
