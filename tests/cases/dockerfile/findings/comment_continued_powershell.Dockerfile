# escape=`
FROM windows
RUN a # no comment for cmd `
 b
SHELL ["powershell", "-Command"]
RUN a # note `
 b
