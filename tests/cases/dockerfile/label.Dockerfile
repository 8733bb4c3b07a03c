FROM debian
LABEL a=b "c d"="e f"
LABEL com.example.x="multi \
line" \
      y=z
LABEL old form here
