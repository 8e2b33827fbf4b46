"""What is nobody else's business: found in a text, replaced by a placeholder, and put back."""
