ARG A
ARG B=1 C="2 3" D
FROM debian:${B}
ARG A
ARG E=${C:-x}\ y
