FROM debian:bookworm@sha256:0000000000000000000000000000000000000000000000000000000000000000
MAINTAINER a.b@c.d
RUN npm install @angular/cli @babel/core@7 yarn@1.22 && echo @
RUN echo user@host:path root@[::1] foo@bar(baz)
RUN ssh git@github.com "@reboot /x" '@daily' @@ @@@
