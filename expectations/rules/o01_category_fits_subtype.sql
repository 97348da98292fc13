-- The category of a complication is that of its subtype.
-- Rule: O01
-- Severity: R
-- Row: complication.nice_category
-- Clause: 3.3
-- Message: The category is not the one that the subtype belongs to.
-- Fix: Correct the category or the subtype.
-- Source: HTG532 3.3
select
    complication.row_id,
    complication.nice_category = code_group.group_code as holds
from complication
inner join code_group
    on
        code_group.code_list = 'subtype'
        and complication.subtype = code_group.code
