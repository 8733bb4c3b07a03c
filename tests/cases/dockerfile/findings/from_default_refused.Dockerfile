# check=error=true
FROM ${VAR:-debian}
