FROM debian
COPY <<a.txt <<"b.txt" /dir/
$X
a.txt
$Y
b.txt
