FROM postgres
RUN psql -c "CREATE TABLE x ( \
  a int, \
  CONSTRAINT y CHECK (a > 0) \
); \
COPY x FROM '/y';"
