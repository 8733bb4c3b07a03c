
# escape=`
FROM debian
RUN a `
RUN b
