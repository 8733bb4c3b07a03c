FROM debian
RUN cat <<${x:-a b}
