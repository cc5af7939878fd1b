"""Wrong gradients that hide in a corner of the declared domain, and who finds them."""
