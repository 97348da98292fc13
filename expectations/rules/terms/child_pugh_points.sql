-- The Child-Pugh score as its five components give it; null where one is missing.
-- Bands of albumin and INR [S55], of bilirubin in µmol/L [M].
case when bilirubin < 34 then 1 when bilirubin <= 50 then 2 when bilirubin > 50 then 3 end
+ case when albumin > 35 then 1 when albumin >= 28 then 2 when albumin < 28 then 3 end
+ case when inr < 1.7 then 1 when inr <= 2.3 then 2 when inr > 2.3 then 3 end
+ case ascites when 'NONE' then 1 when 'MILD_CONTROLLED' then 2 when 'MODERATE_SEVERE' then 3 end
-- no encephalopathy 1, grade 1 or 2 counts 2, grade 3 or 4 counts 3
+ case when encephalopathy_grade = 0 then 1 when encephalopathy_grade <= 2 then 2
    when encephalopathy_grade <= 4 then 3 end
