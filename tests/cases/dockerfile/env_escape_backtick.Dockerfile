# escape=`
FROM debian
ENV a=b` c d="e`"f" g=C:\h\
ENV i C:\j
