# check=skip=StageNameCasing, FromAsCasing;error=true
FROM debian AS B
# check=skip=SecretsUsedInArgOrEnvs
ENV KEY=1
# check=skp=all
RUN a
# check=skip=all;error=maybe
RUN b
# check=skip = X
RUN c
# check=error=true
RUN d
# check=skip=ConsistentInstructionCasing,NoEmptyContinuation
RUN e
# check=skip=All
RUN f
# check=skip=all # why
RUN g
# check=skip=FromAsCasing for now
RUN h
