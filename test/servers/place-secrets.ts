import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ServerPlace } from "./server.ts";

/** A password made for this place, the same at each start in it: letters and digits only. */
export function placePassword(place: ServerPlace, user: string): string {
  const path = join(place.folder, `${user}.password`);
  if (!existsSync(path)) writeFileSync(path, randomBytes(18).toString("hex"), { mode: 0o600 });
  return readFileSync(path, "utf8");
}

/** Files of a certificate for 127.0.0.1 and localhost, signed by an authority that only this place knows. */
export interface PlaceCertificate {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** Made at the first start in the place, found again at the later ones. */
export function placeCertificate(place: ServerPlace): PlaceCertificate {
  const folder = join(place.folder, "tls");
  if (!existsSync(folder)) {
    const making = `${folder}.new`;
    mkdirSync(making, { recursive: true, mode: 0o700 });
    makeCertificate(making);
    renameSync(making, folder);
  }
  const file = (name: string): string => join(folder, name);
  return { caFile: file("ca.pem"), certFile: file("server.pem"), keyFile: file("server.key") };
}

function makeCertificate(folder: string): void {
  const openssl = (words: string): void => {
    execFileSync("openssl", words.split(" "), { cwd: folder, stdio: "ignore" });
  };
  const key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
  openssl(`req -x509 ${key} -days 3650 -subj /CN=iai-test-ca -keyout ca.key -out ca.pem`);
  openssl(`req ${key} -subj /CN=localhost -keyout server.key -out server.csr`);
  writeFileSync(join(folder, "names.cnf"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
  const signed = "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650";
  openssl(`${signed} -extfile names.cnf -out server.pem`);
}
