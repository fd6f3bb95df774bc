"""One model of the PBX's side (§3.1, §3.2): calls, legs, commands, transfers, recordings and the voice menu.

Pure: no clock, no I/O and no chance of its own. Time is the event queue's, and moves when a caller of it moves it; what
the document leaves open is asked of `decisions`. Two rooms build on it. `emulator` adds HTTP, signs, limits, real time,
chance and the state behind every other method; `simulator` adds an author's script, which decides what chance would
draw.

    switchboard       the calls and their legs; the only place that changes a leg's state, which tells of each change
    ivr_menu          what the scheme does with a caller in its menu
    ringing           bringing a caller to a phone or to a group
    conversations     talking, holding, transferring
    outbound          calls that the PBX makes
    recording         recordings of conversations
    command_effects   when a command is allowed, what it causes, its result
    happenings        what people at the phones do, when told to
    wire              how notifications are spelled
"""
