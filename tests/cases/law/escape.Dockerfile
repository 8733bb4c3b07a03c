# escape=`
FROM scratch AS one
COPY f1 `
  /a
FROM scratch AS two
ADD f1 /z
FROM one
COPY --from=two /z `

  # a comment
  /y
ARG Q=${A:-b}
LABEL q=$Q
