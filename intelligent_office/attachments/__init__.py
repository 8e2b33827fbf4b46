"""Files that are handed in with a task: what they may be, where they are kept, and how they are read."""
