"""An OPC-UA server of asyncua with two pumps, and a second port that sets values and faults.

Commands are JSON, one a line; each is answered by one line.
  {"set": {"node": "PUMP_01.temperature", "value": 45.25, "type": "Double", "status": "Good",
           "source_ms": 1767225600000, "server_ms": 1767225600000}}
                          what is not given: Double, Good, now; null for a time: the value has none
  {"acknowledged": "PUMP_01.temperature"}    source times of its values in acknowledged notifications
  {"requests": true}      how often each service was asked for
  {"logins": true}        how users signed in, one after the other
  {"end_sessions": true}  all sessions end, as after their time-out
  {"mute": true}          subscriptions that exist now say nothing of values any more, and live on
"""

import asyncio
import datetime
import ipaddress
import json
import sys
from pathlib import Path

from asyncua import Server, ua
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server import internal_subscription, uaprocessor
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

URI = "urn:iai:test:asyncua"
NAMESPACE = "urn:iai:test:plant"
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
POLICIES = [
    ua.SecurityPolicyType.NoSecurity,
    ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt,
    ua.SecurityPolicyType.Basic256Sha256_Sign,
    ua.SecurityPolicyType.Aes128Sha256RsaOaep_SignAndEncrypt,
    ua.SecurityPolicyType.Aes256Sha256RsaPss_SignAndEncrypt,
]

requests = {}
acknowledged = {}
published = {}
muted = set()
logins = []


def at(ms):
    return None if ms is None else EPOCH + datetime.timedelta(milliseconds=ms)


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def watch_services():
    """Counts requests, and the values in notifications that were acknowledged."""
    names = {value: name for name, value in vars(ua.ObjectIds).items() if isinstance(value, int)}
    process = uaprocessor.UaProcessor._process_message

    async def counted(self, typeid, *rest):
        name = names.get(typeid.Identifier, "?").replace("Request_Encoding_DefaultBinary", "")
        requests[name] = requests.get(name, 0) + 1
        return await process(self, typeid, *rest)

    uaprocessor.UaProcessor._process_message = counted
    kind = internal_subscription.InternalSubscription
    pop, publish, enqueue = kind._pop_publish_result, kind.publish, kind.enqueue_datachange_event

    def popped(self):
        result = pop(self)
        message = result.NotificationMessage
        nodes = {
            item.client_handle: item.read_value_id.NodeId.Identifier
            for item in self.monitored_item_srv._monitored_items.values()
        }
        held = published.setdefault((self.data.SubscriptionId, message.SequenceNumber), [])
        for data in message.NotificationData:
            for item in getattr(data, "MonitoredItems", []):
                source = item.Value.SourceTimestamp
                ms = None if source is None else round((source - EPOCH).total_seconds() * 1000)
                held.append((nodes.get(item.ClientHandle), ms))
        return result

    def acked(self, acks):
        numbers = list(acks)
        for number in numbers:
            for node, ms in published.pop((self.data.SubscriptionId, number), []):
                acknowledged.setdefault(node, []).append(ms)
        return publish(self, numbers)

    async def enqueued(self, *event):
        if self.data.SubscriptionId not in muted:
            await enqueue(self, *event)

    kind._pop_publish_result = popped
    kind.publish = acked
    kind.enqueue_datachange_event = enqueued


def certify(folder, days):
    """A certificate made anew; with less than no days it has expired."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "asyncua of the suites")])
    today = now()
    first = min(today, today + datetime.timedelta(days=days)) - datetime.timedelta(days=1)
    usage = dict.fromkeys(
        ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"), True
    )
    usage |= dict.fromkeys(
        ("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"), False
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(first)
        .not_valid_after(today + datetime.timedelta(days=days))
        .add_extension(
            x509.SubjectAlternativeName(
                [
                    x509.UniformResourceIdentifier(URI),
                    x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
                ]
            ),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    folder.mkdir(exist_ok=True)
    (folder / "server.der").write_bytes(certificate.public_bytes(serialization.Encoding.DER))
    (folder / "server.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


class Users:
    """The user of the suites, whoever brings a certificate, and guests."""

    def __init__(self, password):
        self.password = password

    def get_user(self, iserver, username=None, password=None, certificate=None):
        logins.append("certificate" if certificate else "password" if username else "nobody")
        if username is not None and (username, password) != ("iai", self.password):
            return None
        return User(role=UserRole.User)


async def analog(server, device, name, about):
    """A variable with its unit and its range, as an AnalogItem has them."""
    unit, code, low, high = about
    space = server.space
    node = await device.add_variable(
        ua.NodeId(f"{device.nodeid.Identifier}.{name}", space), ua.QualifiedName(name, space), 0.0
    )
    engineering = ua.EUInformation(
        NamespaceUri="http://www.opcfoundation.org/UA/units/un/cefact",
        UnitId=code,
        DisplayName=ua.LocalizedText(unit),
        Description=ua.LocalizedText(unit),
    )
    await node.add_property(ua.NodeId(0, space), ua.QualifiedName("EngineeringUnits", 0), engineering)
    await node.add_property(
        ua.NodeId(0, space), ua.QualifiedName("EURange", 0), ua.Range(Low=low, High=high)
    )
    return node


async def build(server):
    for pump in ("PUMP_01", "PUMP_02"):
        device = await server.nodes.objects.add_object(
            ua.NodeId(pump, server.space), ua.QualifiedName(pump, server.space)
        )
        nodes = [
            await analog(server, device, "temperature", ("°C", 4408652, -20.0, 120.0)),
            await analog(server, device, "pressure", ("bar", 4342098, 0.0, 16.0)),
        ]
        for name, first in (("flow", 0.0), ("running", False), ("label", "none")):
            node = ua.NodeId(f"{pump}.{name}", server.space)
            nodes.append(await device.add_variable(node, ua.QualifiedName(name, server.space), first))
        for node in nodes[:3]:
            await server.iserver.history_manager.storage.new_historized_node(
                node.nodeid, period=None, count=10_000
            )


async def set_value(server, about):
    node = server.get_node(ua.NodeId(about["node"], server.space))
    status = getattr(ua.StatusCodes, about.get("status", "Good"))
    value = about.get("value")
    variant = (
        ua.Variant(None, ua.VariantType.Null)
        if value is None
        else ua.Variant(
            [float(one) for one in value] if isinstance(value, list) else float("nan") if value == "NaN" else value,
            getattr(ua.VariantType, about.get("type", "Double")),
        )
    )
    moment = now()
    source = at(about["source_ms"]) if "source_ms" in about else moment
    told = at(about["server_ms"]) if "server_ms" in about else moment
    data = ua.DataValue(
        variant, StatusCode=ua.StatusCode(status), SourceTimestamp=source, ServerTimestamp=told
    )
    written = await server.iserver.aspace.write_attribute_value(
        node.nodeid, ua.AttributeIds.Value, data
    )
    written.check()
    # Its own way into the history, a subscription, drops what changes fast.
    history = server.iserver.history_manager.storage
    if node.nodeid in history._datachanges and source is not None:
        await history.save_node_value(node.nodeid, data)


async def obey(server, command):
    if "set" in command:
        await set_value(server, command["set"])
    elif "acknowledged" in command:
        return {"times": acknowledged.get(command["acknowledged"], [])}
    elif "requests" in command:
        return {"requests": requests}
    elif "logins" in command:
        return {"logins": logins}
    elif "end_sessions" in command:
        for session in list(server.iserver._external_sessions.values()):
            await session.close_session(True)
    elif "mute" in command:
        muted.update(server.iserver.subscription_service.subscriptions)
    return {}


async def control(server, reader, writer):
    while line := await reader.readline():
        try:
            answer = await obey(server, json.loads(line))
        except Exception as failure:
            answer = {"failure": repr(failure)}
        writer.write(json.dumps(answer).encode() + b"\n")
        await writer.drain()


async def main(port, control_port, folder, password):
    watch_services()
    server = Server(user_manager=Users(password))
    await server.init()
    await server.set_application_uri(URI)
    server.set_endpoint(f"opc.tcp://127.0.0.1:{port}/plant/")
    server.set_security_policy(POLICIES)
    server.set_identity_tokens(
        [ua.AnonymousIdentityToken, ua.UserNameIdentityToken, ua.X509IdentityToken]
    )
    await server.load_certificate(str(folder / "server.der"))
    await server.load_private_key(str(folder / "server.pem"))
    server.space = await server.register_namespace(NAMESPACE)
    await build(server)
    await server.start()
    listening = await asyncio.start_server(
        lambda reader, writer: control(server, reader, writer), "127.0.0.1", control_port
    )
    await listening.serve_forever()


if sys.argv[1] == "certify":
    certify(Path(sys.argv[2]), float(sys.argv[3]))
else:
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]))
