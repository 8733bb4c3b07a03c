# escape=`
FROM mcr.microsoft.com/windows/nanoserver
RUN MKDIR C:\x && `
COPY C:\a C:\b && `
 DEL x
VOLUME C:\data
WORKDIR C:\x
COPY a C:\b\
