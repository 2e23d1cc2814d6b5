"""Lets known tokens charge, starts a charge, prints the energy of sessions. Arguments: URL of NATS, station."""

import asyncio
import json
import sys

import nats
from nats.js.api import ConsumerConfig, DeliverPolicy

TOKEN, KNOWN = "04A2B1C3", {"04A2B1C3", "04D4E5F6"}
REGISTER = "Energy.Active.Import.Register"


def readings(event):  # of the energy meter, in Wh
    for sample in (sample for value in event["data"].get("meterValue", []) for sample in value["sampledValue"]):
        if sample.get("measurand", REGISTER) == REGISTER and "phase" not in sample and "value" in sample:
            unit = sample.get("unitOfMeasure", {})
            yield sample["value"] * 10 ** unit.get("multiplier", 0) * (1000 if unit.get("unit") == "kWh" else 1)


async def may_charge(message):
    question = json.loads(message.data)
    token = question.get("idToken", {}).get("idToken")
    status = "Accepted" if token in KNOWN else "Invalid"
    print(f"{question['stationId']}: token {token} is {status}", flush=True)
    await message.respond(json.dumps({"idTokenInfo": {"status": status}}).encode())


async def main(url="nats://127.0.0.1:9242", station="SIM21-0001"):
    nc = await nats.connect(url)
    # 1. Decide who may charge.
    for action in ("Authorize", "StartTransaction", "TransactionEvent"):
        await nc.subscribe(f"csms.decision.{action}.*", queue="decisions", cb=may_charge)

    # 2. Start a charge, in the terms of OCPP 2.1. The consumer remembers where it is while this service is away.
    config = ConsumerConfig(durable_name="energy", deliver_policy=DeliverPolicy.NEW)
    subscribe = nc.jetstream().subscribe
    events = await subscribe("csms.event.*.transaction.>", stream="CSMS_EVENTS", config=config, manual_ack=True)
    start = {"idToken": {"idToken": TOKEN, "type": "ISO14443"}, "evseId": 1, "remoteStartId": 1}
    command = {"stationId": station, "action": "RequestStartTransaction", "payload": json.dumps(start)}
    request = json.dumps({"command": command, "timeoutMs": 30_000}).encode()
    reply = json.loads((await nc.request("csms.api.CommandService.SendCommand", request, timeout=40)).data)
    print(f"{station}: RequestStartTransaction is {reply}", flush=True)

    # 3. Add up the energy.
    sessions = {}
    async for message in events.messages:
        event = json.loads(message.data)
        session = f"{event['source'].removeprefix('/stations/')}: session {event['data'].get('transactionId')}"
        sessions[session] = energy = [*sessions.get(session, []), *readings(event)]
        if event["type"] == "transaction.ended":
            del sessions[session]
            print(f"{session} took {(energy[-1] - energy[0]) / 1000 if energy else 0} kWh", flush=True)
        await message.ack()


asyncio.run(main(*sys.argv[1:]))
