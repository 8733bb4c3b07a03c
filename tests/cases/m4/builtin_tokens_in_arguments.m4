define(`foo', defn(`divnum')xx)foo
define(`foo', defn(`divnum')`xx')foo
define(`foo', defn(`divnum')`')foo
define(`foo', `'defn(`divnum'))foo
define(`foo', `x'defn(`divnum'))foo
define(`e',`')define(`foo', e`'defn(`divnum'))foo
define(`foo', defn(`divnum')e)foo
define(`foo', defn(`divnum') )foo.
define(`foo', defn(`divnum')defn(`len')x)foo
define(`foo', defn(`divnum')x`'defn(`len'))foo
