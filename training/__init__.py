"""What made the models that Headgate ships. Never needed to run the gateway."""
