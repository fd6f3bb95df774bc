"""The state behind every method of the API that is no command of a call (§3.3 to §4.4).

A module for each concern holds its records and the methods that read and change them, by their names in the catalogue.
Everything is in memory and starts from `pbx.yaml`. What concerns calls (employees, groups, lines) is changed at the
switchboard too, so the next call goes by it; what calls did (statistics, recordings, history) is read from there.
"""
