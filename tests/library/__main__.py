"""`python -m tests.library`: draw the diagrams of the library, and measure what its index tells."""

from tests.library.bundles import INDEX, index, library

if __name__ == "__main__":
    found = library()
    for bundle in found:
        bundle.diagram.write_text(bundle.drawing(), encoding="utf-8")
    INDEX.write_text(index(found), encoding="utf-8")
