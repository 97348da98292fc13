-- The result of a compliance rule: a fact that fails outweighs a fact that is missing.
-- Arguments: (failing, missing)
case
    when failing <> '' then 'not met'
    when missing <> '' then 'cannot tell'
    else 'met'
end
