"""What the drop-ins for trainers share: their tables, the fit at the gateway, and predictions after it."""
