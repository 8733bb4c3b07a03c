FROM scratch AS builder
FROM scratch
COPY --chmod=888 f1 /x
COPY --chmod=10000 f1 /x
COPY --chmod=rwxr-xr-x f1 /x
COPY --chown=root:root:4 f1 /x
COPY --chown=${V f1 /x
COPY --link= f1 /x
COPY --link=maybe f1 /x
COPY --from= f1 /x
COPY -from=builder f1 /x
COPY –chown=3 f1 /x
COPY f1 --chown=3 /x
COPY https://host.invalid/f1 /x
ADD --keep-git-dir=maybe f1 /x
ADD --checksum=sha256:abc f1 /x
ADD --checksum=sha256:abc f1 f2 /x/
ADD --checksum=sha256:abc https://host.invalid/f1 /x
ADD --checksum=abc https://host.invalid/f1 /x
ADD --checksum=sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855 https://host.invalid/f1 /x
ADD --checksum=md5:abc https://host.invalid/f1 /x
ADD --from=builder f1 /x
ONBUILD COPY --chmod=888 --lnik f1 /x
ONBUILD RUN --mount=type=cahce,target=/x true
