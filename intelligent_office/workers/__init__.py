"""Workers: what wakes them, how they claim tasks, carry them out, write down what happens, and let go of them."""
