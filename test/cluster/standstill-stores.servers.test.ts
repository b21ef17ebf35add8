import { standstillSuite } from "./standstill.ts";

standstillSuite(["influxdb", "mysql", "redis", "nacos"]);
