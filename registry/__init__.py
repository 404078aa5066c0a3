"""labour-registry: certify labour brands and startup bases, and show them to the public."""

__version__ = "0.1.0"
