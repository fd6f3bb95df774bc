"""`python -m docs.sbom FILE`: the bill of materials of the wheel (CycloneDX, JSON), made of requirements.lock.

Each package has its version, its licence, the hashes of its files and what it needs in turn. It holds no instant and no
random number: the same lock gives the same bill.
"""

import sys
from pathlib import Path
from typing import Final

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from docs.licences import LICENCES, OURS
from docs.locks import PRODUCTION, Locked, locked
from router import __version__

NAME: Final = "ivr-router"
VERSION: Final = SchemaVersion.V1_6


def bill() -> str:
    """The text of the bill, valid by its schema."""
    packages = locked(PRODUCTION)
    bom = Bom()
    bom.serial_number = None  # type: ignore[assignment]  # a random one would differ each time
    bom.metadata.timestamp = None  # type: ignore[assignment]
    root = Component(
        name=NAME, version=__version__, type=ComponentType.APPLICATION, bom_ref=NAME,
        licenses=[LicenseFactory().make_from_string(OURS)],
    )  # fmt: skip
    bom.metadata.component = root
    components = {package.name: _component(package) for package in packages}
    for component in components.values():
        bom.components.add(component)
    for name, component in {NAME: root, **components}.items():
        needed = [components[package.name] for package in packages if name in package.needed_by]
        bom.register_dependency(component, needed)
    text = make_outputter(bom, OutputFormat.JSON, VERSION).output_as_string(indent=2)
    if (wrong := JsonStrictValidator(VERSION).validate_str(text)) is not None:
        raise ValueError(f"the bill of materials is not valid: {wrong}")
    return text + "\n"


def _component(package: Locked) -> Component:
    return Component(
        name=package.name,
        version=package.version,
        type=ComponentType.LIBRARY,
        bom_ref=f"{package.name}=={package.version}",
        purl=PackageURL("pypi", name=package.name, version=package.version),
        licenses=[LicenseFactory().make_from_string(LICENCES[package.name])],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=found) for found in package.hashes],
    )


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(bill(), encoding="utf-8")
