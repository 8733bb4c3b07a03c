# syntax = docker/dockerfile:1 --x
FROM debian
