"""A server that answers as Estoque's API does, with invented data: for work on the pages and their tests."""
