# escape=`
FROM mcr.microsoft.com/windows/servercore
COPY a C:\b\
RUN dir `
  c:\
