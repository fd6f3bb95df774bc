"""`AsyncMango`: the client for an event loop, by httpx (`pip install ivr-router[async]`).

It does what `Mango` does (`exchange`), and blocks the loop for nothing: what asks the database for the limits runs in a
thread.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import Any, Final, Self

from router.client.exchange import Given, Now, Send, Settle, Sleep, Step, Steps, Take
from router.client.mango import ANSWER_SECONDS, RECORDING, REPORT_SECONDS, AccountClient
from router.client.methods import AsyncMethods
from router.client.partial_file import DownloadFailed, PartialFile, Progress
from router.client.signed_http import CONNECT_SECONDS, MOST_BYTES, Reply, good_until, link_of, reply_of, request_of
from router.errors import NotAnswered
from router.runtime.outbound_ports import Answer
from router.runtime.outbox.acquire import Query
from router.sender.answer_reasons import why_unanswered, why_unconnected
from router.sender.transport_faults import text_of_fault

try:
    import httpx
except ImportError as missing:
    raise ImportError("AsyncMango needs httpx: pip install 'ivr-router[async]'") from missing

UNCONNECTED: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class AsyncMango(AccountClient, AsyncMethods):
    """The API of one account, for one event loop.

        async with AsyncMango(api_key="...", api_salt="...") as mango:
            async for contact in mango.each_ab_contact_init(query=""):
                print(contact["name"])

    Parameters and errors are those of `Mango`.
    """

    def _connect(self) -> None:
        timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
        trust = ssl.create_default_context()
        trust.minimum_version = ssl.TLSVersion.TLSv1_2  # the oldest that the PBX takes (PROTOCOL.md, C)
        self._http = httpx.AsyncClient(verify=trust, timeout=timeout, follow_redirects=False, trust_env=False)

    async def close(self) -> None:
        """End its connections, to the PBX and to the database."""
        await self._http.aclose()
        await asyncio.to_thread(self._store.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # what the typed methods are made of

    async def call(self, method: str, params: Mapping[str, Any]) -> Any:
        """As `Mango.call`."""
        return await self._do(self._exchange.call(method, params))

    async def rows(self, method: str, params: Mapping[str, Any]) -> AsyncIterator[Any]:
        """As `Mango.rows`, for `async for`."""
        rows, first = self._exchange.method(method).rows, self._exchange.first_page(method, params)
        page = await self.call(method, first)
        for row in page[rows]:
            yield row
        while following := self._exchange.next_page(method, first, page):
            page = await self.call(*following)
            for row in page[rows]:
                yield row

    async def report(
        self,
        method: str,
        params: Mapping[str, Any],
        *,
        waiting: Callable[[float], object] | None = None,
        patience_seconds: float = REPORT_SECONDS,
    ) -> list[Any]:
        """As `Mango.report`."""
        return await self._do(self._exchange.report(method, params, waiting, patience_seconds))

    async def recording(
        self, recording_id: str, path: str | Path, *, progress: Progress | None = None, attempts: int = 1
    ) -> int:
        """As `Mango.recording`."""
        asked = {"recording_id": recording_id, "action": "download"}
        location = (await self.call(RECORDING, asked))["location"]
        for left in reversed(range(attempts)):
            try:
                return await self._download(location, PartialFile(Path(path), recording_id, progress))
            except DownloadFailed as error:
                if not left:
                    raise NotAnswered(f"the recording did not come whole: {error}", method=RECORDING) from error
                await asyncio.sleep(self._exchange.first_pause_seconds)
        raise AssertionError("a recording is tried once at least")

    async def recording_link(self, recording_id: str, *, action: str = "play", seconds: float = 600.0) -> str:
        """As `Mango.recording_link`."""
        params = {"recording_id": recording_id, "action": action, "timestamp": good_until(seconds)}
        row = self._exchange.method("queries/recording/link")
        return link_of(self._peer, row, await self._do(self._exchange.given(row, params)))

    # carrying out

    async def _do(self, steps: Steps[Given]) -> Given:
        try:
            step = next(steps)
            while True:
                step = steps.send(await self._carry_out(step))
        except StopIteration as end:
            given: Given = end.value
            return given

    async def _carry_out(self, step: Step) -> Any:
        match step:
            case Now():
                return await asyncio.to_thread(self._clock.now)
            case Take(claim=claim, until=until):
                return await self._wait(claim, until)
            case Send():
                return await self._send(step)
            case Settle(claim=claim, answer=answer, asked_at=asked_at):
                return await asyncio.to_thread(self._limits.settle, claim, answer, asked_at)
            case Sleep(seconds=seconds):
                return await asyncio.sleep(seconds)

    async def _wait(self, claim: Query, until: float) -> bool:
        while (seconds := await asyncio.to_thread(self._limits.take, claim, until)) is not None:
            if not seconds:
                return True
            await asyncio.sleep(seconds)
        return False

    async def _send(self, step: Send) -> Reply:
        """One request. Never raises for what the network or the peer does."""
        request = request_of(self._peer, step.method, step.params)
        try:
            async with (
                asyncio.timeout(ANSWER_SECONDS),
                self._http.stream(
                    request.verb, request.url, content=request.body, headers=dict(request.headers)
                ) as response,
            ):
                told = await _read(response)
                return reply_of(step.method, response.status_code, told, response.headers.get("Location", ""))
        except UNCONNECTED as error:
            told_so = f"cannot connect: {text_of_fault(error)}"
            return Reply(answer=Answer(kind="not_sent", body=told_so, reason=why_unconnected(_cause(error))))
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as error:
            return Reply(answer=Answer(kind="unclear", body=text_of_fault(error), reason=why_unanswered(_cause(error))))

    async def _download(self, url: str, file: PartialFile) -> int:
        try:
            async with self._http.stream("GET", url, headers=file.headers(), follow_redirects=True) as response:
                file.begin(response.status_code, response.headers)
                async for chunk in response.aiter_raw():
                    await asyncio.to_thread(file.write, chunk)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise DownloadFailed(text_of_fault(error)) from error
        finally:
            file.close()
        return file.finish()


def _cause(error: BaseException) -> BaseException:
    """What httpx and httpcore have wrapped, in the words of the standard library."""
    part: BaseException | None = error
    while part is not None:
        if isinstance(part, OSError):
            return part
        part = part.__cause__ or part.__context__
    is_closed = isinstance(error, httpx.RemoteProtocolError) and "disconnected" in str(error)
    return ConnectionError(str(error)) if is_closed else error


async def _read(response: httpx.Response) -> bytes | None:
    """The whole body; None when it broke off, or was too long."""
    body, until = bytearray(), monotonic() + ANSWER_SECONDS
    try:
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > MOST_BYTES or monotonic() > until:
                return None
    except (httpx.HTTPError, OSError):
        return None
    return bytes(body)
