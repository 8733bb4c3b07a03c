FROM debian
CMD ["\ud83d\ude00", "\ud800", "\udc00x"]
