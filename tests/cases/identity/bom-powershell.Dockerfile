# escape=`
FROM mcr/windows
SHELL ["powershell", "-Command"]
RUN $a = @(1, 2); `
    Write-Host @args ; `
    $h = @'
 text
'@
