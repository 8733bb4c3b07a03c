define(`p',defn(`len')defn(`divnum'))p(aa)
define(`p',`$1|$#|$@|$*')p(defn(`len')) p(defn(`len')x) p(x`'defn(`len')) shift(a,defn(`len'))
ifelse(a,a,defn(`len'))(abc)
ifdef(`len',defn(`len'))(x)
defn(`len')(abc) defn(`len')`'(abc) x`'defn(`divnum')y
m4wrap(defn(`len'))
errprint(defn(`len'))
incr(defn(`len'))
define(`q',defn(`divnum'))defn(`q')|q
pushdef(`q',defn(`q'))q
incr(99999999999999999999)
incr(`')decr(`-5')
debugmode(`+')
dumpdef(`q')
len(`a','b')
undivert(`a b')
divert(-1)
divert(3)abc divert(-1)undivert(3)divert(0)undivert(3)
divert(0)divert(2)two
divert(1)one undivert(2)
divert(0)end
substr(abcdef,1,)|substr(abcdef,0x1)|substr(abcdef, 1)
