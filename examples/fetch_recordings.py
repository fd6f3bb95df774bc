"""Fetch the recordings of a day, four at a time; what broke off goes on when it is run again.

    python fetch_recordings.py 2026-11-23 recordings/

The key, the salt and the database of the limits are the router's (`MANGO_API_KEY`, `MANGO_API_SALT`, `IVR_DATABASE`).
"""

import asyncio
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

from router import AsyncMango
from router.errors import MangoError

MOSCOW = timezone(timedelta(hours=3))  # the PBX's dates are Moscow time
AT_ONCE = 4


async def fetch(mango: AsyncMango, recording_id: str, path: Path, turn: asyncio.Semaphore) -> str:
    """What became of one recording, as a line."""
    if path.exists():
        return f"{path}: is there already"
    async with turn:
        try:
            size = await mango.recording(recording_id, path, attempts=3)
        except MangoError as error:
            return f"{path}: {error.message}"
    return f"{path}: {size} bytes"


async def main(day: str, directory: Path) -> None:
    begun = datetime.fromisoformat(day).replace(tzinfo=MOSCOW)
    directory.mkdir(exist_ok=True)
    turn = asyncio.Semaphore(AT_ONCE)
    async with AsyncMango.from_environment() as mango:
        calls = await mango.statistics(
            date_from=int(begun.timestamp()), date_to=int((begun + timedelta(days=1)).timestamp())
        )
        names = {name for call in calls for name in call["records"].strip("[]").split(",") if name}
        tasks = [fetch(mango, name, directory / f"{name.replace('/', '_')}.mp3", turn) for name in sorted(names)]
        for line in asyncio.as_completed(tasks):
            print(await line)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
