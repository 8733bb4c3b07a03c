# syntax=docker/dockerfile:1
# escape=`
FROM debian
RUN a `
 b
CMD ["x"]
