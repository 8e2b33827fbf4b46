"""Files inside the working folder: found, read, searched and written without ever being led out of it."""
