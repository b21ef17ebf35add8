import { standstillSuite } from "./standstill.ts";

standstillSuite(["kafka", "taskmanager", "jobmanager"]);
