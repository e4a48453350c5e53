"""What a careful reader would complain about, found by machine. `./run check` runs all of it."""
