import { deployConfigured } from "./app";
export = deployConfigured;
