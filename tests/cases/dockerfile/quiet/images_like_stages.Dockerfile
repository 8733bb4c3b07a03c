FROM node:20 AS node2
FROM python:3 AS python3
FROM golang:1.22 AS golang
FROM python AS app
COPY --from=composer /usr/bin/composer /usr/bin/
COPY --from=golang /usr/local/go /usr/local/go
COPY --from=ghcr.io/astral-sh/uv:latest /uv /bin/
FROM postgres
FROM debian AS postgres
COPY --from=0 /x /x
