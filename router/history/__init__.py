"""What a call was: its view, its trace as text, its replay under another bundle, its export as a test.

Everything here reads what is kept of a call (`journal`) and changes nothing.
"""
