# ESCAPE = `
FROM debian
RUN a `
 b
