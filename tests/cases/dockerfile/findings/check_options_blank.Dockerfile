# check=skip=FromAsCasing; error=true
FROM debian
