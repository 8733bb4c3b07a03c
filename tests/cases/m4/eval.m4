eval(1+)|
eval(`1 2')|
|
eval(1a)|
eval(09)|eval(0b12)|eval(0r36:zz)|eval(0r1:111)|eval(0r37:1)|
eval(1/0)|eval(1%0)|eval(0||1/0)|eval(1||1/0)|eval(0&&1/0)|
eval(2**-1)|eval(0**0)|eval(0**-1)|eval(2**31)|eval(2**32)|eval(-2**2)|eval(2**3**2)|eval(1**-1)|eval(-1**-2)|
eval(1=1)|eval(1==1)|eval(1!=1)|eval(1=+1)|eval(1+=2)|eval(1++2)|eval(!0)|eval(~0)|eval(- -1)|eval(!!2)|eval(-~2)|
eval(1<<33)|eval(1<<-1)|eval(-1>>1)|eval(1>>33)|eval(1<2<3)|eval(3>2>1)|eval(1<=1)|eval(7&3|8^1)|eval(1?2:3)|eval(1,2)|
eval(-1,16)|eval(255,16,8)|eval(-255,16,8)|eval(10,1)|eval(-3,1)|eval(0,1,5)|eval(5,37)|eval(5,0)|eval(5,-2)|eval(5,,3)|eval(5,10,-3)|eval(5,2,x)|eval(5,x)
eval(-2147483648/-1)|eval(-2147483648%-1)|eval(-7/2)|eval(-7%2)|eval(4294967296)|eval(99999999999999999999)|eval(0xffffffff)|eval(2147483648)|eval(-2147483648)
eval()|eval( )|eval(`# x')|eval(1 +
2)|eval(!)|eval(1&&&1)|eval(1|)|eval(a)|eval(1===1)|eval(1>>>1)|eval(1 ! 2)|eval(0x)|eval(0xg)|eval(0b)|eval(0r)|eval(0r8)|eval(0r8:)|eval(0r8:9)|eval(08)|eval(1.5)
eval(0,1)|eval(1,1,3)|eval(2147483647+1)|eval(1<<31)|eval(1<<32)|eval(5>>32)|eval(+5)|eval((2)(3))|eval(2 3)|eval(())|eval(1==2==0)|eval(1|2&3^4)|eval(1&&0||1)
eval(10,36)eval(35,36)|eval(-0)|eval(3%-2)|eval(2*3%4)|eval(1-1-1)|eval(8/2/2)|eval(1<1==0)|eval(!1+1)|eval(~1**2)|eval(2*-3)|eval(2**-0)|eval(0x1F)|eval(0X1f)|eval(0B11)|eval(0R8:17)|eval(1;2)|eval(1\2)
