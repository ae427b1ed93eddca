"""The scripts that trained the models that Headgate ships; the gateway does not need them."""
