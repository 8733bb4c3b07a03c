# escape=`
FROM debian
RUN <<E`OF
x
E`OF
RUN a `
 <<B
B
