# a comment
# syntax=docker/dockerfile:1
# escape=`
FROM debian
# check=skip=all
