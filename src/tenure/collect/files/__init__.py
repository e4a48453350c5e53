"""Files of every kind a company has: orders, events, customers, costs; read in a stream, taken in once, undone on demand."""
