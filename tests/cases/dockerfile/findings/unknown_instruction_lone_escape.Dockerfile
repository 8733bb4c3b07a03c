FROM debian
\
