FROM debian
CMD cat <<EOF
ENV a=<<EOF
LABEL b=<<EOF
