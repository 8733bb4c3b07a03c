FROM debian
ENV A=1 \
    B=2 \
    C="3 \
4" \
    # comment
    D='5'
LABEL x="{\"a\": \"b\"}"
