import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  accessSync,
  constants,
  existsSync,
  globSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, describe, it } from "node:test";
import { parse, parseAllDocuments } from "yaml";
import { resolveConfig } from "../../src/app/config/load.ts";
import { redisCacheConfig } from "../../src/backends/cache/redis/config.ts";
import { nacosConfig } from "../../src/backends/config-source/nacos/config.ts";
import { kafkaEventBusConfig } from "../../src/backends/event-bus/kafka/config.ts";
import { mysqlRecordStoreConfig } from "../../src/backends/record-store/mysql/config.ts";
import { flinkStreamEngineConfig } from "../../src/backends/stream-engine/flink/config.ts";
import { influxTelemetryConfig } from "../../src/backends/telemetry-store/influxdb/config.ts";
import { grafanaFiles } from "../../src/present/grafana/grafana-files.ts";
import { root } from "./sources.ts";

const deploy = join(root, "deploy");
const fileText = (path: string): string => readFileSync(join(deploy, path), "utf8");
const filesIn = (pattern: string): readonly string[] =>
  globSync(pattern, { cwd: deploy }).toSorted();

interface Service {
  readonly image?: string;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly privileged?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly ports?: readonly string[];
  readonly networks?: readonly string[];
  readonly volumes?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly deploy?: { readonly resources: { readonly limits: { readonly memory: string } } };
}

function servicesOf(path: string): ReadonlyMap<string, Service> {
  const file = parse(fileText(path), { merge: true }) as { services: Record<string, Service> };
  return new Map(Object.entries(file.services));
}

const cluster = servicesOf("docker-compose.yml");
/** Services that are only in the second file; the others are additions to the first. */
const observers = new Map(
  [...servicesOf("docker-compose.observability.yml")].filter(([name]) => !cluster.has(name)),
);
const every = new Map([...cluster, ...observers]);

/** MiB of a limit such as `512m` or `2g`. */
function memoryOf(name: string): number {
  const limit = every.get(name)?.deploy?.resources.limits.memory ?? "";
  const [, size = "", unit = ""] = /^(\d+)([mg])$/.exec(limit) ?? [];
  assert.ok(unit !== "", `${name} has no memory limit`);
  return Number(size) * (unit === "g" ? 1024 : 1);
}

describe("generated files of Grafana and Prometheus", () => {
  const files = grafanaFiles();
  for (const [path, text] of files) {
    it(`deploy/${path} is what the code says; \`node scripts/generate-grafana.ts\` writes it`, () => {
      assert.ok(fileText(path) === text, "stale");
    });
  }

  it("hold no dashboard that the code does not know", () => {
    const there = filesIn("grafana/{dashboards,provisioning}/**/*.*");
    assert.deepEqual(
      there.filter((path) => !files.has(path)),
      [],
    );
  });
});

describe("every YAML file of deploy/", () => {
  for (const path of filesIn("**/*.{yml,yaml}")) {
    it(`${path} parses without an error or a warning`, () => {
      for (const document of parseAllDocuments(fileText(path), { merge: true })) {
        assert.deepEqual(document.errors, []);
        assert.deepEqual(document.warnings, []);
      }
    });
  }
});

describe("docker-compose.yml", () => {
  it("keeps each service of the design to its memory, Flink to 4 GB in all", () => {
    const limits = {
      kafka: 2048,
      influxdb: 3072,
      mysql: 2048,
      redis: 512,
      grafana: 512,
      "agent-server": 1024,
      ingestor: 512,
      nacos: 1024,
    };
    for (const [name, limit] of Object.entries(limits)) assert.equal(memoryOf(name), limit, name);
    assert.equal(memoryOf("flink-jobmanager") + memoryOf("flink-taskmanager"), 4096);
  });

  it("stays under 15 GB with everything that it starts", () => {
    const sum = [...cluster.keys()].reduce((all, name) => all + memoryOf(name), 0);
    assert.ok(sum < 15 * 1024, `${sum} MiB`);
  });

  it("adds at most 1 GB for metrics, logs and traces", () => {
    const sum = [...observers.keys()].reduce((all, name) => all + memoryOf(name), 0);
    assert.ok(sum <= 1024, `${sum} MiB`);
  });

  it("starts the four roles by their commands", () => {
    const roles = [...cluster.values()].flatMap(({ command }) =>
      command?.[0] === "role" ? [command[1]] : [],
    );
    assert.deepEqual(roles.toSorted(), ["agent-server", "archiver", "console", "ingestor"]);
  });

  it("has no port for Kafka, Flink, MySQL, InfluxDB, Redis and Nacos on the machine", () => {
    for (const name of ["kafka", "flink-jobmanager", "flink-taskmanager"])
      assert.equal(cluster.get(name)?.ports, undefined);
    for (const name of ["mysql", "influxdb", "redis", "nacos"])
      assert.equal(cluster.get(name)?.ports, undefined);
  });

  for (const [name, service] of every) {
    describe(name, () => {
      it("runs an image of a named version", () => {
        const image = service.image ?? "";
        assert.match(image, /:(v?\d+\.\d+[\w.-]*|\$\{IAI_VERSION:\?[^}]+\})$/);
        assert.ok(!image.includes("latest"));
      });

      it("is no root and gets no new rights", () => {
        assert.match(service.user ?? "", name === "volume-owner" ? /^0:0$/ : /^[1-9]\d*:\d+$/);
        assert.deepEqual(service.cap_drop, ["ALL"]);
        assert.ok(service.security_opt?.includes("no-new-privileges:true"));
        assert.ok(service.privileged !== true);
      });

      it("is open to this machine only", () => {
        for (const port of service.ports ?? []) assert.match(port, /^127\.0\.0\.1:\d+:\d+$/);
      });

      it("says whether it is well", () => {
        // A one-shot service, and images without a shell or a client.
        const silent = ["volume-owner", "loki", "otel-collector"].includes(name);
        if (silent) assert.equal(service.healthcheck?.disable, true);
        else assert.ok((service.healthcheck?.test?.length ?? 0) > 1);
      });

      it("mounts files that are there or that make_secrets.sh makes", () => {
        for (const mount of service.volumes ?? []) {
          const [, path] = /^\.\/([^:]+):/.exec(mount) ?? [];
          if (path === undefined || /^(tls|prometheus\/secrets)\//.test(path)) continue;
          assert.ok(existsSync(join(deploy, path)), path);
        }
      });
    });
  }

  it("keeps the root of every IAI process read-only", () => {
    for (const name of ["ingestor", "archiver", "agent-server", "console"])
      assert.equal(cluster.get(name)?.read_only, true);
  });
});

describe("secrets", () => {
  const compose = fileText("docker-compose.yml") + fileText("docker-compose.observability.yml");
  const used = new Set([...compose.matchAll(/(?<!\$)\$\{(\w+)/g)].map((match) => match[1] ?? ""));
  const example = fileText(".env.example");
  const named = new Map(
    [...example.matchAll(/^([A-Z_]+)=(.*)$/gm)].map((match) => [match[1] ?? "", match[2]]),
  );

  it("have no default: a variable that is not set stops the start with a word", () => {
    const loose = [...compose.matchAll(/(?<!\$)\$\{[^}]*\}/g)]
      .map(([text]) => text)
      .filter((text) => !/^\$\{\w+:\?.+\}$/.test(text));
    assert.deepEqual(loose, []);
  });

  it("stand in no file as text", () => {
    for (const [name, { environment }] of every) {
      for (const [key, value] of Object.entries(environment ?? {})) {
        if (!/PASSWORD|TOKEN|SECRET|IDENTITY_VALUE/.test(key)) continue;
        assert.match(String(value), /^\$\{\w+:\?.+\}$/, `${name} ${key}`);
      }
    }
    assert.doesNotMatch(fileText("redis/redis.conf"), /requirepass|masterauth|>/);
    for (const path of filesIn("**/*.{yml,yaml,conf,sql,service,sh}")) {
      for (const [line] of fileText(path).matchAll(/^\s*\S*(password|secret|token)\S*[:=].*$/gim))
        assert.match(line, /\$|passwordFile|secretFile|# secret|sed -n/, `${path}: ${line}`);
    }
  });

  it("are all named in .env.example, which names no other, and have no value there", () => {
    assert.deepEqual([...named.keys()].toSorted(), [...used].toSorted());
    assert.deepEqual(
      [...named].filter(([, value]) => value !== ""),
      [],
    );
  });

  it("are made once by make_secrets.sh, each its own, for the owner's eyes", () => {
    const folder = mkdtempSync(join(tmpdir(), "iai-deploy-"));
    try {
      const copy = spawnSync("cp", ["-r", `${deploy}/.`, folder]);
      assert.equal(copy.status, 0);
      const make = () => spawnSync("sh", [join(folder, "scripts/make_secrets.sh")]);
      assert.equal(make().status, 0);
      const first = readFileSync(join(folder, ".env"), "utf8");
      assert.equal(make().status, 0);
      assert.equal(readFileSync(join(folder, ".env"), "utf8"), first);
      const lines = first.trim().split("\n");
      const values = lines.map((line) => line.slice(line.indexOf("=") + 1));
      const wanted = [...example.matchAll(/^# secret: (\w+)$/gm)].length;
      assert.equal(lines.length, wanted);
      assert.equal(new Set(values).size, wanted);
      for (const value of values) assert.match(value, /^[A-Za-z0-9+/=]{48,}$/);
      const mode = spawnSync("stat", ["-c", "%a", ".env", "tls"], {
        cwd: folder,
        encoding: "utf8",
      });
      assert.equal(mode.stdout, "600\n700\n");
      const chain = spawnSync("openssl", ["verify", "-CAfile", "tls/ca.pem", "tls/server.pem"], {
        cwd: folder,
      });
      assert.equal(chain.status, 0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("what the services are told", () => {
  it("gives Grafana every variable that its provisioning reads", () => {
    const provisioning = filesIn("grafana/provisioning/**/*.yaml").map(fileText).join("\n");
    const read = [...provisioning.matchAll(/\$(GRAFANA_\w+)/g)].map((match) => match[1] ?? "");
    const given = Object.keys(cluster.get("grafana")?.environment ?? {});
    assert.ok(read.length > 5);
    assert.deepEqual(
      read.filter((name) => !given.includes(name)),
      [],
    );
  });

  it("lets Prometheus ask services that exist", () => {
    const { scrape_configs } = parse(fileText("prometheus/prometheus.yml")) as {
      scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
    };
    const targets = scrape_configs.flatMap(
      ({ static_configs }) => static_configs[0]?.targets ?? [],
    );
    assert.ok(targets.length > 4);
    for (const target of targets) assert.ok(every.has(target.split(":")[0] ?? ""), target);
  });

  it("configures each backend of the roles as its own schema wants it", () => {
    const config = parse(fileText("iai/iai.yaml")) as Record<string, Record<string, unknown>>;
    const secret = { password: "from the environment" };
    kafkaEventBusConfig.parse(config["eventBus"]);
    influxTelemetryConfig.parse({ ...config["telemetryStore"], ...secret });
    mysqlRecordStoreConfig.parse({ ...config["recordStore"], ...secret });
    redisCacheConfig.parse({ ...config["cache"], ...secret });
    nacosConfig.parse({ ...config["configSource"], ...secret });
    flinkStreamEngineConfig.parse(config["streamEngine"]);
  });

  it("says nothing to IAI that its own schema does not know", () => {
    const file = parse(fileText("iai/iai.yaml")) as Record<string, Record<string, unknown>>;
    // The engine has its own schema above; that of IAI does not offer it yet.
    const { streamEngine: _, ...values } = file;
    const backends = ["TELEMETRY_STORE", "RECORD_STORE", "CACHE", "CONFIG_SOURCE"];
    const secrets = Object.fromEntries(backends.map((name) => [`IAI_${name}_PASSWORD`, "x"]));
    const config = resolveConfig({ values, origin: "deploy/iai/iai.yaml" }, secrets);
    const { eventBus, telemetryStore, recordStore, cache, configSource } = config;
    const kinds = [eventBus, telemetryStore, recordStore, cache, configSource].map(
      ({ kind }) => kind,
    );
    assert.deepEqual(kinds, ["kafka", "influxdb", "mysql", "redis", "nacos"]);
    const roles = ["ingestor", "archiver", "agent-server", "console"];
    for (const role of roles)
      for (const name of Object.keys(secrets))
        assert.ok(name in (cluster.get(role)?.environment ?? {}), `${role} has no ${name}`);
  });

  it("connects every part of the collector that it defines", () => {
    type Parts = Record<string, unknown>;
    const collector = parse(fileText("otel/collector.yaml")) as Record<string, Parts> & {
      service: { pipelines: Record<string, Record<string, string[]>> };
    };
    for (const kind of ["receivers", "processors", "exporters"]) {
      const wired = Object.values(collector.service.pipelines).flatMap((pipe) => pipe[kind] ?? []);
      assert.deepEqual(
        [...new Set(wired)].toSorted(),
        Object.keys(collector[kind] ?? {}).toSorted(),
      );
    }
  });
});

describe("images of our own", () => {
  for (const path of filesIn("**/Dockerfile")) {
    it(`${path} is built from named versions and runs as no root`, () => {
      const text = fileText(path);
      const images = [...text.matchAll(/^(?:FROM|ARG NODE_IMAGE=)\s*(\S+)/gm)].map(([, at]) => at);
      assert.ok(images.length > 1);
      for (const image of images) assert.match(image ?? "", /:v?\d+\.\d+|^\$\{NODE_IMAGE\}$/);
      const users = [...text.matchAll(/^USER (\S+)$/gm)];
      assert.match(users.at(-1)?.[1] ?? "", /^[1-9]\d*:[1-9]\d*$/);
    });
  }
});

describe("the jobs for Flink", () => {
  const text = fileText("Dockerfile");
  const stages = text.split(/^(?=FROM )/m);
  const stageOf = (name: string): string =>
    stages.find(
      (stage) => stage.startsWith("FROM") && stage.split("\n")[0]?.endsWith(` AS ${name}`),
    ) ?? "";

  it("are compiled against the jars of the Flink that runs them, by a JDK of the form it reads", () => {
    const recipe = /^COPY (\S+pom\.xml) /m;
    assert.equal(
      recipe.exec(stageOf("flink"))?.[1],
      recipe.exec(fileText("flink/Dockerfile"))?.[1],
    );
    const javaOf = (image: string): string | undefined => /(?:temurin-|java)(\d+)/.exec(image)?.[1];
    const running = /^FROM (flink:\S+)$/m.exec(fileText("flink/Dockerfile"))?.[1] ?? "";
    assert.equal(javaOf(stageOf("flink")), javaOf(running));
    assert.ok(!ignoredByDocker("test/servers/flink/pom.xml"));
    assert.ok(!ignoredByDocker("flink/iai/IaiJob.java"));
  });

  it("come built with the image, which has no JDK", () => {
    assert.match(stageOf("jobs"), /\.\/iai cluster build --flink-lib \/jars$/m);
    const image = stages.at(-1) ?? "";
    assert.match(image, /^COPY --from=jobs \/opt\/iai\/flink\/build flink\/build$/m);
    assert.doesNotMatch(image, /openjdk/);
    // What lies there from a build by hand must not go in instead.
    assert.ok(ignoredByDocker("flink/build/iai-jobs.jar"));
  });

  /** Rules come later over earlier ones; a folder stands for what is in it. */
  function ignoredByDocker(path: string): boolean {
    const rules = fileText("Dockerfile.dockerignore").trim().split("\n");
    const last = rules.findLast((rule) => {
      const place = rule.replace(/^!/, "").replace(/^\*\*\//, "");
      return path === place || path.startsWith(`${place}/`);
    });
    return last !== undefined && !last.startsWith("!");
  }
});

describe("scripts", () => {
  const has = (program: string): boolean => spawnSync("which", [program]).status === 0;
  const scripts = filesIn("{scripts,ups}/*.sh");

  it("start, stop and look at everything", () => {
    const names = scripts.map((path) => basename(path, ".sh"));
    for (const name of ["start_all", "stop_all", "health_check"]) assert.ok(names.includes(name));
  });

  for (const path of scripts) {
    it(`${path} is executable and plain POSIX shell`, () => {
      accessSync(join(deploy, path), constants.X_OK);
      assert.match(fileText(path), /^#!\/bin\/sh\n/);
      assert.match(fileText(path), /^set -eu$/m);
      assert.equal(spawnSync("sh", ["-n", join(deploy, path)]).status, 0);
    });
  }

  it("please shellcheck", { skip: has("shellcheck") ? false : "it is not installed" }, () => {
    const files = scripts.map((path) => join(deploy, path));
    const done = spawnSync("shellcheck", ["--shell=sh", ...files], { encoding: "utf8" });
    assert.equal(done.status, 0, done.stdout);
  });
});

describe("systemd units", () => {
  const has = spawnSync("which", ["systemd-analyze"]).status === 0;
  const skip = has ? false : "systemd-analyze is not installed";
  const folder = mkdtempSync(join(tmpdir(), "iai-units-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const units = filesIn("systemd/*").map((path) => {
    // The programs are where this repository is and not where they will be installed.
    writeFileSync(join(folder, basename(path)), fileText(path).replaceAll("/opt/iai", root));
    return join(folder, basename(path));
  });
  const analyze = (...words: readonly string[]) =>
    spawnSync("systemd-analyze", words, { encoding: "utf8" });

  it("are understood by systemd without a complaint", { skip }, () => {
    const done = analyze("verify", ...units);
    assert.equal(done.status, 0);
    assert.deepEqual(
      done.stderr.split("\n").filter((line) => line.includes(folder) || /^iai/.test(line)),
      [],
    );
  });

  it("give IAI little more than it needs", { skip }, () => {
    // 10 is everything, 0 is nothing; services without options have 9.6.
    const limits = { "iai.service": 20, "iai-health.service": 40 };
    for (const [unit, limit] of Object.entries(limits)) {
      const words = ["security", "--offline=true", `--threshold=${limit}`, join(folder, unit)];
      assert.equal(analyze(...words).status, 0, unit);
    }
  });

  it("let IAI finish what it began, and come back after a crash", () => {
    const text = fileText("systemd/iai.service");
    assert.match(text, /^KillSignal=SIGTERM$/m);
    const [, seconds] = /^TimeoutStopSec=(\d+)$/m.exec(text) ?? [];
    assert.ok(Number(seconds) >= 60);
    assert.match(text, /^Restart=always$/m);
  });
});
