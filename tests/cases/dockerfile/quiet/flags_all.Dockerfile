FROM --platform=linux/amd64 debian AS x
ADD --keep-git-dir=true --checksum=sha256:0 --link --unpack --exclude=*.md --exclude=b a b
COPY --link=false --parents --from=busybox --chmod=755 --chown=1:1 a b
RUN --mount=type=cache,target=/a --mount=type=secret,id=b --network=none --security=insecure true
HEALTHCHECK --interval=1m30s --timeout=1.5s --start-period=500ms --start-interval=5s --retries=3 CMD x
STOPSIGNAL SIGTERM
