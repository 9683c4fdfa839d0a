"""The district's desk: the live board, work lists, the three rates (区中心工作台)."""
