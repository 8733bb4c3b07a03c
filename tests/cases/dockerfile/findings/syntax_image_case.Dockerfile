# syntax=docker/Dockerfile:1
FROM debian
