"""Files of orders, events and customers: read in a stream, taken in once, undone on demand."""
