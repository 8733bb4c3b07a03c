ARG P=linux/amd64
FROM --platform=linux/arm/v7 a AS a1
FROM --platform=arm64 a AS a2
FROM --platform=$P a AS a3
FROM --platform=x/y a AS a4
FROM --platform=windows(10.0.17763)/amd64 a AS a5
