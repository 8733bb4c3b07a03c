FROM scratch AS later
FROM scratch AS mid
COPY --from=later f1 /x
FROM scratch
COPY f1 /
MAINTAINER me
ENV OLD form here
