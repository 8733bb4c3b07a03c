# syntax=example/my-frontend:1
FROM debian
INCLUDE common
COPY a
