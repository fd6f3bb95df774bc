"""`ivr migrate`: bring the database up to date before a new version starts; older routers go on serving meanwhile."""

import json
from dataclasses import asdict

import click

from router.bootstrap.process_setup import migrate_database
from router.cli.language import tell


@click.command()
@click.option("--plan", is_flag=True, help="Only say what would be done.")
@click.option("--grant", "role", default="", metavar="ROLE", help="PostgreSQL: let this role serve, and nothing more.")
@click.option("--json", "as_json", is_flag=True, help="A JSON object instead of text.")
def migrate(plan: bool, role: str, as_json: bool) -> None:
    """Bring the database that IVR_DATABASE names up to date.

    With PostgreSQL the URL is that of the role that owns the tables, and --grant names the one that serves. It may be
    run again, by several hosts at once, and while routers serve. A SQLite file is also brought up to date whenever a
    router starts.
    """
    came = migrate_database(serving_role=role, plan_only=plan, tell=lambda text: tell(text, err=True))
    if as_json:
        click.echo(json.dumps(asdict(came), ensure_ascii=False))
        return
    for name in came.missing:
        tell(f"to be done: {name}")
    for name in came.done:
        tell(f"done: {name}")
    if not came.missing and not came.done:
        tell("nothing to do")
    tell(f"the database has {came.total} migrations")
    if role and not plan:
        tell(f"{role} may serve")
