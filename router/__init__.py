"""A programmable IVR router for the MANGO OFFICE virtual PBX."""

__version__ = "0.1.0"
