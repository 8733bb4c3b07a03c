divert(-1)
# foreach(x, (a, b), text): the idiom of the GNU m4 manual.
define(<<foreach>>, <<pushdef(<<$1>>)_foreach($@)popdef(<<$1>>)>>)
define(<<_arg1>>, <<$1>>)
define(<<_foreach>>, <<ifelse(<<$2>>, <<()>>, <<>>,
  <<define(<<$1>>, _arg1$2)$3<<>>$0(<<$1>>, (shift$2), <<$3>>)>>)>>)
define(<<apt_install>>,
<<RUN apt-get update \
    && apt-get install -y --no-install-recommends \
foreach(<<p>>, ($@), <<        p \
>>)    && rm -rf /var/lib/apt/lists/*>>)
divert(0)dnl
