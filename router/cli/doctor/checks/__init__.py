"""The checks, each independent of all others."""

from typing import Final

from router.cli.doctor.checks.database_check import database
from router.cli.doctor.checks.disk_space import disks
from router.cli.doctor.checks.owners import file_modes
from router.cli.doctor.checks.pbx_answers import pbx
from router.cli.doctor.checks.published import bundles
from router.cli.doctor.checks.refused import refusals
from router.cli.doctor.checks.running_router import server
from router.cli.doctor.checks.settings_check import configuration
from router.cli.doctor.checks.spool_files import spool
from router.cli.doctor.deployment import Check

CHECKS: Final = (
    Check(area="configuration", run=configuration, seconds=2.0, hangs="a file that the settings name"),
    Check(area="database", run=database, seconds=6.0, hangs="its host, its name server or its disk"),
    Check(area="spool", run=spool, seconds=3.0, hangs="its disk"),
    Check(area="disk", run=disks, seconds=3.0, hangs="a file system"),
    Check(area="files", run=file_modes, seconds=3.0, hangs="a file system"),
    Check(area="server", run=server, seconds=7.5, hangs="its address"),
    Check(area="refused", run=refusals, seconds=6.0, hangs="the router's address"),
    Check(area="flows", run=bundles, seconds=8.0, hangs="their directory or the database"),
    Check(area="PBX", run=pbx, seconds=8.0, hangs="its address"),
)
