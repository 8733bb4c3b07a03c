FROM debian
RUN cat <<<EOF
RUN cat <<< "x"
