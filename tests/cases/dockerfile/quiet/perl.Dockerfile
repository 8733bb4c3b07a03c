FROM perl
RUN perl -MCPAN -e 'my $c = "CPAN::HandleConfig"; $c->load(doit => 1); $c->edit(urllist => "x")' \
    && perl -ne 'print if /^\s*<<(\w+)/ && $1 ne "x"' file \
    && perl -pi -e 's/\\$/x/; s{a}{b}' y
