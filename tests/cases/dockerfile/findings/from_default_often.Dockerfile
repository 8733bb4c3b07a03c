ARG B
FROM $B AS a
FROM $B AS b
FROM debian:$B AS c
FROM $B
