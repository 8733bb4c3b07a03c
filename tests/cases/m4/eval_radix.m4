eval(0,2,5)|eval(-5,2,8)|eval(-5,10,1)|eval(7,1,3)|eval(3,1,5)|eval(-3,1,5)|eval(,10)|eval(1,,)|eval(1,` 10')|eval(35,36)|eval(`1
')|eval(` 1')|eval(1,2a)|eval(0r1:)|eval(0r1:111)|eval(0r1:0111)|eval(0r1:12)|eval(0r36:Zz)|eval(0r10:9a)|eval(0r2:12)|eval(0r0:1)|eval(0r01:11)
eval(2**31-1)|eval(3**20)|eval((-3)**3)|eval(0**1)|eval(-1**0)|eval(2**63)
eval(5,-1)|eval(a,b,c)|eval(1,37,-1)|eval(1/0,99)|eval(` ')|eval(`
')|eval(` ',2)|eval(,2)|eval(,,3)
