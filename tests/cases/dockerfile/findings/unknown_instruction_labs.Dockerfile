# syntax=docker.io/docker/dockerfile:1-labs
FROM debian
INCLUDE common
