"""Coverage-guided fuzzing of everything that reads what strangers or authors write.

`targets` says what is fed and what must hold, `python -m tests.fuzz` looks for new inputs with atheris (libFuzzer) for
as long as it is told, and `test_corpus` feeds what was kept in `corpus/` with every run of the tests. An input that
broke something is put into `corpus/` under a name that says what it was.
"""
