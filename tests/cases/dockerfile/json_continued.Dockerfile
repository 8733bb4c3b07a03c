FROM debian
CMD [ \
  "a", \
  # comment
  "b" \
]
