changequote(<<, >>)changecom()dnl
include(<<apt.m4>>)dnl
define(<<OLD_SOURCES>>, <<RUN sed -i "s/deb.debian.org/archive.debian.org/" /etc/apt/sources.list
>>)dnl
# syntax=docker/dockerfile:1
# The service SERVICE with Python PYTHON on Debian RELEASE.
FROM debian:RELEASE-slim AS build
apt_install(<<build-essential>>, <<ca-certificates>>, <<curl>>, <<libffi-dev>>, <<libssl-dev>>, <<zlib1g-dev>>)
WORKDIR /usr/src
RUN curl -fsSLO https://www.python.org/ftp/python/PYTHON/Python-PYTHON.tgz \
    && tar -xzf Python-PYTHON.tgz \
    && cd Python-PYTHON \
    && ./configure --prefix=/opt/python --enable-shared \
    && make -j "$(nproc)" install
ifelse(eval(patsubst(PYTHON, <<^3\.\([0-9]+\)\..*>>, <<\1>>) < 8), 1,
<<RUN /opt/python/bin/pyvenv /venv
>>, <<RUN /opt/python/bin/python3 -m venv /venv
>>)dnl
COPY requirements.txt /usr/src/
RUN /venv/bin/pip install --no-cache-dir -r requirements.txt

FROM debian:RELEASE-slim
LABEL org.opencontainers.image.title="SERVICE" \
      org.opencontainers.image.version="PYTHON" \
      org.opencontainers.image.revision="1"
ifelse(RELEASE, <<stretch>>, <<OLD_SOURCES()>>, RELEASE, <<buster>>, <<OLD_SOURCES()>>)dnl
apt_install(<<ca-certificates>>, <<libffi8>>, <<libssl3>>, <<zlib1g>>)
COPY --from=build /opt/python /opt/python
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH
foreach(<<folder>>, (<<app>>, <<static>>, <<templates>>, <<locale>>), <<COPY folder /srv/SERVICE/folder
>>)dnl
pushdef(<<ID>>, 1000)pushdef(<<USER_NAME>>, <<www>>)include(<<user.m4>>)popdef(<<ID>>)popdef(<<USER_NAME>>)dnl
WORKDIR /srv/SERVICE
EXPOSE 8000
HEALTHCHECK --interval=30s CMD ["curl", "-f", "http://localhost:8000/health"]
CMD ["/venv/bin/python3", "-m", "SERVICE"]
