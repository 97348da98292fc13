-- A category of cholangiocarcinoma is given for cholangiocarcinoma only.
-- Rule: T03b
-- Severity: R
-- Row: patient.cholangio_category
-- Clause: 2.1
-- Message: A category of cholangiocarcinoma is given for another tumour.
-- Fix: Empty the category, or correct the tumour type.
-- Source: COSD LV16400 [S33]
select
    row_id,
    cholangio_category is null or tumour_type in ('ICCA', 'PHCCA') as holds
from patient
where tumour_type is not null
