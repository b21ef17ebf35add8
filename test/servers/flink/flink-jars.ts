import { mavenJars } from "../maven-jars.ts";

/** The cluster's class path: Flink, its Kafka connector, and the V8 that runs our steps; about a minute to fetch. */
export const { lib: flinkLib, fetch: fetchFlinkJars } = mavenJars("flink", import.meta.dirname);
