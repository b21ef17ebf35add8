import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { SimulatedMachine } from "../../backends/source-adapter/simulator/plant-model.ts";
import { IaiError } from "../../kernel/errors.ts";
import { keepOpensslConf } from "../../kernel/openssl-conf.ts";

export interface OpcuaServerOptions {
  readonly machines: readonly SimulatedMachine[];
  readonly port: number;
  /** Also offers the policy None: everybody can read and forge. */
  readonly insecure: boolean;
  /** Certificate and key lie here; made at the first time. */
  readonly pkiFolder: string;
}

/** A running server; values are written by node name. */
export interface OpcuaServer {
  /** null: the sensor says nothing. */
  write(node: string, value: number | null, at: Date): void;
  readonly certificateFile: string;
  close(): Promise<void>;
}

const HOST = "127.0.0.1";
const PATH = "/plant";
/** Of the application, and of the namespace of its nodes. */
export const plantUri = "urn:iai:simulated-plant";
export const endpointOf = (port: number): string => `opc.tcp://${HOST}:${port}${PATH}`;
export const nodeNameOf = (deviceId: string, metric: string): string => `${deviceId}.${metric}`;

/** An OPC-UA server on loopback with an object for each machine; nothing in it can be written. */
export async function startOpcuaServer(options: OpcuaServerOptions): Promise<OpcuaServer> {
  const { port, insecure, pkiFolder } = options;
  const opcua = await loadOpcua();
  mkdirSync(pkiFolder, { recursive: true, mode: 0o700 });
  const certificates = new opcua.OPCUACertificateManager({
    rootFolder: pkiFolder,
    // Clients of a simulated plant need no trust: there is nothing to protect. IAI's own side asks for it.
    automaticallyAcceptUnknownCertificate: true,
    disableFileWatchers: true,
  });
  const { MessageSecurityMode, SecurityPolicy } = opcua;
  const server = new opcua.OPCUAServer({
    host: HOST,
    hostname: HOST,
    port,
    resourcePath: PATH,
    allowAnonymous: true,
    securityPolicies: [SecurityPolicy.Basic256Sha256, ...(insecure ? [SecurityPolicy.None] : [])],
    securityModes: [
      MessageSecurityMode.SignAndEncrypt,
      ...(insecure ? [MessageSecurityMode.None] : []),
    ],
    registerServerMethod: opcua.RegisterServerMethod.HIDDEN,
    serverCertificateManager: certificates,
    serverInfo: { applicationUri: plantUri, productUri: plantUri },
    buildInfo: { productName: "Simulated plant of IAI", manufacturerName: "IAI" },
    serverCapabilities: { maxSessions: 20, minSupportedSampleRate: 0 },
  });
  try {
    await server.initialize();
    const variables = buildAddressSpace(server, options.machines);
    await server.start();
    return {
      write: (node, value, at) => {
        const variable = variables.get(node);
        if (variable === undefined) return;
        const { Good, BadSensorFailure } = opcua.StatusCodes;
        const status = value === null ? BadSensorFailure : Good;
        const variant = { dataType: opcua.DataType.Double, value: value ?? 0 };
        variable.setValueFromSource(variant, status, at);
      },
      certificateFile: server.certificateFile,
      close: async () => {
        await server.shutdown(0);
        await certificates.dispose();
      },
    };
  } catch (cause) {
    await server.shutdown(0).catch(() => undefined);
    await certificates.dispose().catch(() => undefined);
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `Cannot simulate over OPC-UA: port ${port} cannot be opened: ${reason}, nothing is served`;
    throw new IaiError("SOURCE_UNREACHABLE", message, { cause });
  }
}

/** The library, loaded when it is needed: it costs a second and 130 MB. */
async function loadOpcua() {
  keepOpensslConf();
  const [server, client, { OPCUACertificateManager }] = await Promise.all([
    import("node-opcua-server"),
    import("node-opcua-client"),
    import("node-opcua-certificate-manager"),
  ]);
  // It prints to the console by itself.
  client.setWarningLogger(() => undefined);
  client.setErrorLogger(() => undefined);
  const { DataType, MessageSecurityMode, SecurityPolicy, StatusCodes } = client;
  const { OPCUAServer, RegisterServerMethod } = server;
  const fromClient = { DataType, MessageSecurityMode, SecurityPolicy, StatusCodes };
  return { OPCUAServer, RegisterServerMethod, OPCUACertificateManager, ...fromClient };
}

type Server = InstanceType<typeof import("node-opcua-server").OPCUAServer>;
type AddressSpace = NonNullable<Server["engine"]["addressSpace"]>;
type Variable = ReturnType<ReturnType<AddressSpace["getOwnNamespace"]>["addAnalogDataItem"]>;

/** Objects / factory / line / machine / metric, each metric an AnalogItem with its unit and range. */
function buildAddressSpace(
  server: Server,
  machines: readonly SimulatedMachine[],
): ReadonlyMap<string, Variable> {
  const { addressSpace } = server.engine;
  if (addressSpace === null) throw new Error("no address space");
  const namespace = addressSpace.getOwnNamespace();
  const folders = new Map<string, ReturnType<typeof namespace.addFolder>>();
  const folderOf = (path: string, name: string, parent: string | null) => {
    const known = folders.get(path);
    if (known !== undefined) return known;
    const above = (parent === null ? null : folders.get(parent)) ?? addressSpace.rootFolder.objects;
    const folder = namespace.addFolder(above, { browseName: name, nodeId: `s=${path}` });
    folders.set(path, folder);
    return folder;
  };
  const variables = new Map<string, Variable>();
  for (const { deviceId, deviceName, type, factoryId, lineId } of machines) {
    folderOf(factoryId, factoryId, null);
    const line = folderOf(`${factoryId}/${lineId}`, lineId, factoryId);
    const object = namespace.addObject({
      organizedBy: line,
      browseName: deviceId,
      displayName: deviceName,
      nodeId: `s=${deviceId}`,
    });
    for (const [metric, model] of Object.entries(type.metrics)) {
      const name = nodeNameOf(deviceId, metric);
      const high = model.rated ?? 2 * model.nominal;
      const variable = namespace.addAnalogDataItem({
        componentOf: object,
        browseName: metric,
        nodeId: `s=${name}`,
        dataType: "Double",
        engineeringUnits: engineeringUnit(model.unit),
        engineeringUnitsRange: { low: 0, high },
        // Who subscribes with sampling 0 is told every value, not what a look now and then finds.
        minimumSamplingInterval: 0,
        accessLevel: "CurrentRead",
        userAccessLevel: "CurrentRead",
      });
      variables.set(name, variable);
    }
  }
  return variables;
}

/** Common codes of UNECE Recommendation 20, as OPC-UA part 8 asks for them. */
const commonCodes: Readonly<Record<string, string>> = {
  "°C": "CEL",
  g: "K40",
  MPa: "MPA",
  kPa: "KPA",
  A: "AMP",
  "L/min": "L2",
  "m³/h": "MQH",
  rpm: "RPM",
  "%": "P1",
};

function engineeringUnit(unit: string) {
  const unitId = [...(commonCodes[unit] ?? "C62")].reduce(
    (sum, letter) => sum * 256 + letter.charCodeAt(0),
    0,
  );
  const text = { text: unit };
  const namespaceUri = "http://www.opcfoundation.org/UA/units/un/cefact";
  return { namespaceUri, unitId, displayName: text, description: text };
}

/** Where a folder that was asked for keeps them. */
export const pkiFolderIn = (folder: string): string => join(folder, "opcua-pki");
