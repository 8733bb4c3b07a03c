FROM --platform=linux/amd64 debian AS x
ADD --keep-git-dir=true --link --unpack --exclude=*.md --exclude=b a b
ADD --checksum=sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 https://example.org/a b
ADD --checksum=5d41402abc4b2a76b9719d911017c592ae41e464 https://example.org/a.git#v1 b
ADD --checksum=$SUM $URL b
ADD --checksum= --chown= --chmod= a b
COPY --link=false --parents --from=busybox --chmod=755 --chown=1:1 a b
COPY --chmod=u=rwX,go=rX --chown=www-data:www-data a b
COPY --chmod=+x,g-w --chown=$USER:3 a b
COPY -- -link --chown=3 b
COPY -l - --linked https:/a b
RUN --mount=type=cache,target=/a --mount=type=secret,id=b --network=none --security=insecure true
HEALTHCHECK --interval=1m30s --timeout=1.5s --start-period=500ms --start-interval=5s --retries=3 CMD x
STOPSIGNAL SIGTERM
