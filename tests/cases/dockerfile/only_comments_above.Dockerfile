# one
#
   # two
FROM debian
# three
