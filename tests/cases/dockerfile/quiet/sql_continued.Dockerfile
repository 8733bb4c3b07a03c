FROM postgres
RUN psql -c "INSERT INTO x \
SELECT a \
FROM y \
WHERE z" && psql <<SQL
COPY a FROM b;
ADD c d
SQL
