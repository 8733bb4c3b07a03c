# syntax=docker/dockerfile:1.7
ARG V=1.22
FROM --platform=$BUILDPLATFORM golang:${V}-alpine AS build
ARG TARGETOS TARGETARCH
WORKDIR /src
RUN --mount=type=cache,target=/root/.cache/go-build --mount=type=bind,target=. \
    GOOS=$TARGETOS go build -o /out/x .
FROM scratch AS export
COPY --link --from=build /out/x /
FROM export
ENTRYPOINT ["/x"]
