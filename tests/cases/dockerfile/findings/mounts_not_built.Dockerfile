FROM debian AS builder
RUN --mount=type=cahce,target=/x true
RUN --network=nnoe true
FROM debian
