ARG A='b
FROM debian
