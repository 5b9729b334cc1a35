"""The members pages: who holds a seat, who waits for one, and what is done to them, one by one and many at once."""
