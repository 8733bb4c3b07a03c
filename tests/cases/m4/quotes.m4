define(`x',`$#:$1:$*:$@:$0:$10:${1}:$$:$a:$')pushdef(`x',`[$#:$1:$*:$@:$10:${1}:$$:$a:$]')x(a,`b',,d) x x() x(,)
define(`f',`$1$2$11')f(1,2,3,4,5,6,7,8,9,10,11,12)
define(`a b',`sp $0')indir(`a b',1)
define(`v',`X')v`'v
vv v1 1v _v
define()define(,b)define(`q')q.
define(`y',`$@')y(`a,b',`c
d')
defn(`y')|defn(`v',`y')|defn()
changequote([,])[a[b]c]`v'changequote`a'
changequote(,)`v' changequote(`a',`b')
changequote([)[v'] changequote()
changequote(<<,>>)<<x <<y>> z>> <v <<<v>>> changequote(,)<<x>>changequote`x'
changequote(ab,cd)v abxcd changequote(`<<',`')<<x'
