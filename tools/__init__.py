"""Scripts that set up, check and record the book; `make` calls them."""
