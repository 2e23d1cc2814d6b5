"""Lets known tokens charge, starts a charge, prints the energy of sessions. Arguments: gateway, station."""

import json
import queue
import sys
import threading

import grpc
from stationmaster.v1.commands_pb2 import Command, SendCommandRequest
from stationmaster.v1.commands_pb2_grpc import CommandServiceStub
from stationmaster.v1.decisions_pb2 import Answer, DecideRequest, Subscription
from stationmaster.v1.decisions_pb2_grpc import DecisionServiceStub
from stationmaster.v1.events_pb2 import StreamEventsRequest
from stationmaster.v1.events_pb2_grpc import EventServiceStub

TOKEN, KNOWN = "04A2B1C3", {"04A2B1C3", "04D4E5F6"}
REGISTER = "Energy.Active.Import.Register"


def readings(event):  # of the energy meter, in Wh
    for sample in (sample for value in event["data"].get("meterValue", []) for sample in value["sampledValue"]):
        if sample.get("measurand", REGISTER) == REGISTER and "phase" not in sample and "value" in sample:
            unit = sample.get("unitOfMeasure", {})
            yield sample["value"] * 10 ** unit.get("multiplier", 0) * (1000 if unit.get("unit") == "kWh" else 1)


def decide(channel, subscribed):
    messages, actions = queue.SimpleQueue(), ["Authorize", "StartTransaction", "TransactionEvent"]
    messages.put(DecideRequest(subscription=Subscription(actions=actions)))
    for response in DecisionServiceStub(channel).Decide(iter(messages.get, None)):
        subscribed.set()
        if response.HasField("question"):
            question, token = response.question, response.question.id_token.id_token
            status = "Accepted" if token in KNOWN else "Invalid"
            print(f"{question.station_id}: token {token} is {status}", flush=True)
            payload = json.dumps({"idTokenInfo": {"status": status}})
            messages.put(DecideRequest(answer=Answer(question_id=question.question_id, payload=payload)))


def main(address="127.0.0.1:9221", station="SIM21-0001"):
    channel, subscribed, sessions = grpc.insecure_channel(address), threading.Event(), {}
    threading.Thread(target=decide, args=(channel, subscribed), daemon=True).start()  # 1. Decide who may charge.
    subscribed.wait()
    events = EventServiceStub(channel).StreamEvents(StreamEventsRequest(types=["transaction.*"]))
    next(events)  # From now on. To go on after a restart, keep the last cursor and ask for those `after` it.
    start = {"idToken": {"idToken": TOKEN, "type": "ISO14443"}, "evseId": 1, "remoteStartId": 1}
    command = Command(station_id=station, action="RequestStartTransaction", payload=json.dumps(start))
    sent = CommandServiceStub(channel).SendCommand(SendCommandRequest(command=command), timeout=40)
    print(f"{station}: RequestStartTransaction is {sent.outcome.payload or sent.outcome}", flush=True)

    for event in (json.loads(response.event.json) for response in events if response.HasField("event")):
        session = f"{event['source'].removeprefix('/stations/')}: session {event['data'].get('transactionId')}"
        sessions[session] = energy = [*sessions.get(session, []), *readings(event)]
        if event["type"] == "transaction.ended":
            del sessions[session]
            print(f"{session} took {(energy[-1] - energy[0]) / 1000 if energy else 0} kWh", flush=True)


main(*sys.argv[1:])
