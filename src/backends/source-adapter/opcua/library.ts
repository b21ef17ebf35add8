import { keepOpensslConf } from "../../../kernel/openssl-conf.ts";

/** The client library, loaded when the first source needs it: it costs 1 to 2 s and 134 MB. */
export type Opcua = typeof import("node-opcua-client") &
  Pick<typeof import("node-opcua-certificate-manager"), "OPCUACertificateManager">;

export async function loadOpcua(): Promise<Opcua> {
  keepOpensslConf();
  const [client, { OPCUACertificateManager }] = await Promise.all([
    import("node-opcua-client"),
    import("node-opcua-certificate-manager"),
  ]);
  // It prints to the console by itself; what matters comes to us as errors.
  client.setWarningLogger(() => undefined);
  client.setErrorLogger(() => undefined);
  return { ...client, OPCUACertificateManager };
}
