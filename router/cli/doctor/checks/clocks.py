"""How far other clocks are from this machine's."""

from typing import Final

from router.cli.doctor.diagnosis import Diagnosis, dubious, fine

MOST_SKEW_SECONDS: Final = 5.0


def clock_difference(area: str, ahead: float, whose: str) -> Diagnosis:
    """`ahead` is by how many seconds the other clock is later than ours."""
    told = f"{whose} clock and this machine's differ by {abs(ahead):.0f} s"
    if abs(ahead) <= MOST_SKEW_SECONDS:
        return fine(area, told)
    late = "behind" if ahead > 0 else "ahead"
    return dubious(area, f"{told}: this machine is {late}", "set both by NTP: opening hours and deadlines go by them")
