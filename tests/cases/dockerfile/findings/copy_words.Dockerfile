FROM debian
COPY a b # note
COPY << EOF /x
hi
EOF
COPY <<A <<'B' /d/
fine ${A}
"${A^^}
A
${B^^}
B
