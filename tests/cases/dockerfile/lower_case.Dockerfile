from debian as base
run x
copy a b
From base
Cmd ["x"]
