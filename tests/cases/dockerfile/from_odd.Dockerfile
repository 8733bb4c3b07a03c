FROM
FROM a b
FROM a AS
FROM a  as   b
FROM --platform=x
