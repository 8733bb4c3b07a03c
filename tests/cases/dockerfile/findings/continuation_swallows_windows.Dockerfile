# escape=`
FROM windows
RUN dir `
COPY a b
