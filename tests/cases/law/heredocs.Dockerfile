# syntaxes
from scratch as Base
copy <<-"A" <<B /d/
	it's ${X}
	A
$Y \
B
from base
env P="a b" Q='c' R=d\ e
copy --from=BASE --chmod=644 /d/A /e
cmd ["x", "y"]
