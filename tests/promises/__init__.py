"""What docs/promises.md promises, held: `kept/VERSION` is what a released version had, and no later one may lack any of it.

`python -m tests.promises` writes `kept/VERSION` of the tree's version, once, when it is released.
"""
