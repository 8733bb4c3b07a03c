FROM debian AS 1st
FROM debian AS my/stage
FROM debian as
FROM debian x y
FROM debian stage
FROM
