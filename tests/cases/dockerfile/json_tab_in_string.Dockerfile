FROM debian
CMD ["a	b"]
CMD [""]
