"""What an editor asks of a bundle, answered by the loader itself.

`server` speaks the Language Server Protocol over stdio; everything else knows files, places and edits only, so that the
console's editor can ask the same questions over HTTP.
"""
