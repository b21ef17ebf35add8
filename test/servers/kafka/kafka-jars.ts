import { mavenJars } from "../maven-jars.ts";

/** The broker's class path; about 20 s to fetch. */
export const { lib: kafkaLib, fetch: fetchKafkaJars } = mavenJars("kafka", import.meta.dirname);
