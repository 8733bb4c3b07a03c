FROM debian
COPY "a b" /
COPY 'my file.txt' x /dest/
VOLUME "/a b"
ADD "$X y" /z
COPY "a b /
FROM ${A:?set A}
FROM "debian 12" AS x
COPY "a b" "c d" x /
