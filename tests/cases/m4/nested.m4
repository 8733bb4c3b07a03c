define(`f',`$1')f(f(f(f(1))))
