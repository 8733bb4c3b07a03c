# escape=`
FROM mcr.microsoft.com/windows/servercore:ltsc2022
SHELL ["powershell", "-Command", "$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue';"]
RUN $url = 'https://example.org/x.zip'; `
    Write-Host ('Downloading {0} ...' -f $url); `
    Invoke-WebRequest -Uri $url -OutFile 'x.zip'; `
    `
    if ((Get-FileHash x.zip -Algorithm sha256).Hash -ne $env:SHA) { `
        Write-Host 'FAILED!'; `
        exit 1; `
    }; `
    `
    Remove-Item @('x.zip') -Force
# check=skip=LegacyKeyValueFormat
ENV PATH C:\\x;${PATH}
RUN setx /M PATH "%PATH%;C:\go\bin"
WORKDIR C:\\app
CMD ["cmd", "/c", "ver"]
