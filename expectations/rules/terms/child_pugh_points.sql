-- The Child-Pugh score as its five components give it; null where one is missing or, out of
-- the dictionary's hard range, cannot be used. Bands of albumin (g/L) and INR [S55], of
-- bilirubin (µmol/L) [M]; encephalopathy: none, grade 1 or 2, grade 3 or 4.
case
    when bilirubin < 1 or bilirubin > 900 then null
    when bilirubin < 34 then 1
    when bilirubin <= 50 then 2
    when bilirubin > 50 then 3
end
+ case
    when albumin < 10 or albumin > 65 then null
    when albumin > 35 then 1
    when albumin >= 28 then 2
    when albumin < 28 then 3
end
+ case
    when inr < 0.5 or inr > 12 then null
    when inr < 1.7 then 1
    when inr <= 2.3 then 2
    when inr > 2.3 then 3
end
+ case ascites
    when 'NONE' then 1
    when 'MILD_CONTROLLED' then 2
    when 'MODERATE_SEVERE' then 3
end
+ case
    when encephalopathy_grade not between 0 and 4 then null
    when encephalopathy_grade = 0 then 1
    when encephalopathy_grade <= 2 then 2
    when encephalopathy_grade <= 4 then 3
end
