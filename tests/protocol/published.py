"""Shapes of notifications as receivers in production have published them: names, types and which fields are there.

Values are made up. None of them may ever be refused at its own path.
"""

from typing import Any, Final

PUBLISHED: Final[tuple[tuple[str, Any], ...]] = (
    # a Laravel receiver of 2024: `line_number` in `from`, an empty group, tracking without a number
    (
        "events/call",
        {
            "entry_id": "MjE0NTM3MDU1Mzg=",
            "call_id": "MToxMDA5Njg3Nzo1MDY6NTIyOTA1ODQ2",
            "timestamp": 1724782003,
            "seq": 2,
            "call_state": "Connected",
            "location": "abonent",
            "from": {
                "number": "79000000001",
                "taken_from_call_id": "MToxMDA5Njg3Nzo1MDY6NTIyOTA1ODM4OjE=",
                "line_number": "79000000002",
            },
            "to": {"extension": "140", "number": "sip:user@example.mangosip.ru", "line_number": "79000000002",
                   "acd_group": ""},
            "dct": {"type": 0},
        },
    ),
    (
        "events/summary",
        {
            "entry_id": "MjE0NTM3MDU1Mzg=",
            "call_direction": 1,
            "from": {"number": "79000000001"},
            "to": {"extension": "140", "number": "sip:user@example.mangosip.ru"},
            "line_number": "79000000002",
            "create_time": 1724782003,
            "forward_time": 0,
            "talk_time": 0,
            "end_time": 1724782012,
            "entry_result": 0,
            "disconnect_reason": 1110,
        },
    ),
    # a CRM of 2019: a missed call whose forward_time is not zero
    (
        "events/summary",
        {
            "entry_id": "MTYzOTA2NDg3NTo0Mzc=",
            "call_direction": 1,
            "from": {"number": "79000000003"},
            "to": {"extension": "106", "number": "sip:user6@example.mangosip.ru"},
            "line_number": "79000000004",
            "create_time": 1551075342,
            "forward_time": 1551075342,
            "talk_time": 0,
            "end_time": 1551075443,
            "entry_result": 0,
            "disconnect_reason": 1110,
        },
    ),
    # a receiver of 2025: a connected leg that names no line
    (
        "events/call",
        {
            "entry_id": "e1",
            "call_id": "c1",
            "timestamp": 1746000000,
            "seq": 2,
            "call_state": "Connected",
            "location": "abonent",
            "from": {"number": "79000000005"},
            "to": {"extension": "106", "number": "sip:user106@example.mangosip.ru"},
        },
    ),
    # the vendor's document of 2026, as a receiver keeps it: whole numbers for extension, group and task
    (
        "events/call",
        {
            "entry_id": "e2",
            "call_id": "c2",
            "timestamp": 1785542400,
            "seq": 3,
            "call_state": "Disconnected",
            "location": "abonent",
            "from": {"extension": None, "number": "79000000006", "was_transferred": True, "hold_initiator": False},
            "to": {"extension": 101, "number": "sip:a@example.mangosip.ru", "acd_group": 303,
                   "was_transferred": False, "hold_initiator": True},
            "disconnect_reason": 1181,
            "transfer": "consultative",
            "task_id": 17,
        },
    ),
    (
        "events/recording",
        {
            "recording_id": "MToxMDAwOTU2NToyNTYw",
            "recording_state": "Completed",
            "seq": 2,
            "entry_id": "e2",
            "call_id": "c2",
            "extension": "101",
            "timestamp": 1785542400,
            "completion_code": 1000,
            "recipient": "Cloud",
        },
    ),
)  # fmt: skip
