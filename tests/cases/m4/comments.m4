changecom(`rem',`mer')x rem x merx remx mer
changecom(@)x @x x
changecom x # x
changecom`'x # x changecom(`#')
define(`z',`Z # z')z z # z
errprint(a,`b',c
)
ifdef(`z',yes,no)ifdef(`qq',yes,no)ifdef(`qq',yes)
ifelse(a,a,1,2) ifelse(a,b,1,2) ifelse(a,b,1,c,c,2,3) ifelse(a,b,1,c,d,2) ifelse(a,b,1,c,d,2,3,4,5)
builtin(`define',`w',W)w builtin(`len',abc) indir(`len',abc) indir(`define',`v',1)v builtin(defn(`len'),`x') indir(defn(`len'),x)
builtin(`zork')
indir(`zork')
define(defn(`len'),`x')pushdef(defn(`len'),x)undefine(defn(`len'))
dnl abc
a dnl(b)
sinclude(nonexistent)
include(nonexistent)
include(.)
m4wrap(`wrapped $1 __line__
', `second
')
sysval
__file__ __line__ __program__
