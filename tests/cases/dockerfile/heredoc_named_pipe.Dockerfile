FROM debian
RUN python3 <<PY | cat
print("x")
PY
