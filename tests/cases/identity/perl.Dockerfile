FROM perl
RUN perl -e 'my @list = (1,2); print "@list[0] @ARGV $#list\n"; print scalar @INC'
RUN perl -MList::Util -e 'print join(",", map { $_->[0] } @$x)'
