"""`ivr lsp`: the language server that editors start."""

import logging

import click


@click.command()
@click.option("--stdio", is_flag=True, help="Speak over standard input and output, as always; editors ask for it.")
def lsp(stdio: bool) -> None:
    """Serve an editor: findings while one types, completion, documentation, renaming, tests and diagrams of flows."""
    # Only here: the other commands start faster without the protocol's types.
    from router.lsp.server import make_server

    logging.getLogger("pygls").setLevel(logging.WARNING)  # it tells every message that it sends
    make_server().start_io()
