# escpae=`
FROM debian
