FROM --platform=$BULIDPLATFORM debian AS a
FROM --platform=abc debian AS b
FROM --platform=linux/ debian AS c
FROM --platform=amd46 debian AS d
FROM --platform=linux/$ARCH debian
