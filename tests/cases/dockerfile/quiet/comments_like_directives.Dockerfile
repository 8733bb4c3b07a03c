# This image needs: syntax = none
# The escape=character is a backslash
# check = the docs
# syntax=foo
FROM debian
# escape=yes
