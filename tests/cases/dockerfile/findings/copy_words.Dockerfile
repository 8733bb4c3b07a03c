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
COPY <<C /x
b ${A^^} c ${B,,} \${D^^}
${E
C
