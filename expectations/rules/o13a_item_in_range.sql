-- An answer is one of those that its questionnaire offers for the item.
-- QLQ-C30: 1 to 4, items 29 and 30 1 to 7. QLQ-HCC18: 1 to 4. FACT-Hep: 0 to 4. The number
-- of an item stands in its name. An item left out is not asked: the scoring manuals say
-- how many may be.
-- Rule: O13a
-- Severity: R
-- Row: prom.item_*
-- Clause: 3.2
-- Message: The answer is not one that the questionnaire offers for this item.
-- Fix: Correct the answer, or the name of the questionnaire.
-- Source: EORTC and FACIT scoring manuals [M] [S37], IRE-REG 1.0, section 1.14
select
    row_id,
    case
        when instrument = 'QLQ-C30' and '{column}' in ('item_29', 'item_30')
            then {column} between 1 and 7
        when instrument = 'QLQ-C30' and '{column}' < 'item_29'
            then {column} between 1 and 4
        when instrument = 'QLQ-HCC18' and '{column}' <= 'item_18'
            then {column} between 1 and 4
        when instrument = 'FACT-Hep' then {column} between 0 and 4
        when instrument is not null then true
    end as holds
from prom
