"""A Modbus TCP server of pymodbus with three units, a second port that sets values and faults, and a third one that
speaks RTU frames over TCP with the same values and faults.

Commands are JSON, one a line; each is answered by one line.
  {"set": {"unit": 1, "function": 3, "address": 100, "values": [1, 2]}}
  {"fault": {"unit": 1, "kind": "pass" | "busy" | "drop" | "truncate" | "slow" | "flip", "ms": 500}}
  {"functions": true}    function codes of all requests so far
"""

import asyncio
import functools
import json
import sys

from pymodbus.constants import ExcCodes
from pymodbus.framer import FramerType
from pymodbus.pdu import ExceptionResponse
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

UNITS = (1, 2, 3)
faults = {}
functions = {}


def kind_of(unit):
    return faults.get(unit, {}).get("kind", "pass")


def trace_pdu(sending, pdu):
    if not sending:
        functions[pdu.function_code] = functions.get(pdu.function_code, 0) + 1
        return pdu
    if kind_of(pdu.dev_id) != "busy":
        return pdu
    answer = ExceptionResponse(pdu.function_code & 0x7F, ExcCodes.DEVICE_BUSY)
    answer.dev_id, answer.transaction_id = pdu.dev_id, pdu.transaction_id
    return answer


def trace_packet(unit_at, sending, data):
    if not sending or len(data) <= unit_at:
        return data
    kind = kind_of(data[unit_at])
    if kind == "flip":
        return data[:-4] + bytes([data[-4] ^ 1]) + data[-3:]
    if kind == "drop":
        return b""
    return data[:-3] if kind == "truncate" else data


async def before_read(unit, *_request):
    if kind_of(unit) == "slow":
        await asyncio.sleep(faults[unit].get("ms", 1000) / 1000)
    return None


def device(unit):
    bits = [SimData(0, values=[False] * 64, datatype=DataType.BITS)]
    registers = lambda: [SimData(0, count=400, values=0, datatype=DataType.REGISTERS)]
    inputs = [SimData(0, values=[False] * 64, datatype=DataType.BITS)]

    async def action(*request):
        return await before_read(unit, *request)

    return SimDevice(unit, simdata=(bits, inputs, registers(), registers()), action=action)


async def obey(servers, command):
    if "set" in command:
        at = command["set"]
        values = [bool(v) for v in at["values"]] if at["function"] <= 2 else at["values"]
        for server in servers:
            failure = await server.context.async_setValues(
                at["unit"], at["function"], at["address"], values
            )
            if failure is not None:
                return {"failure": str(failure)}
        return {"failure": None}
    if "fault" in command:
        faults[command["fault"]["unit"]] = command["fault"]
        return {}
    return {"functions": functions}


async def control(servers, reader, writer):
    while line := await reader.readline():
        answer = await obey(servers, json.loads(line))
        writer.write(json.dumps(answer).encode() + b"\n")
        await writer.drain()


def serve(port, framer, unit_at):
    return ModbusTcpServer(
        [device(unit) for unit in UNITS],
        framer=framer,
        address=("127.0.0.1", port),
        trace_pdu=trace_pdu,
        trace_packet=functools.partial(trace_packet, unit_at),
    )


async def main(port, control_port, rtu_port):
    servers = [serve(port, FramerType.SOCKET, 6), serve(rtu_port, FramerType.RTU, 0)]
    listening = functools.partial(control, servers)
    await asyncio.start_server(listening, "127.0.0.1", control_port)
    await asyncio.gather(*(server.serve_forever() for server in servers))


asyncio.run(main(*map(int, sys.argv[1:4])))
