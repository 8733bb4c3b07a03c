# check=skip=all;eror=true
FROM debian
