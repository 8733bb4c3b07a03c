FROM debian
CMD [01]
CMD [1e999]
