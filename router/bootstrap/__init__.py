"""The only place where ports meet their adapters: a running router, made of a configuration."""
