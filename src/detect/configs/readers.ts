import type { ConfigReader } from "./config";
import { prisma } from "./prisma";

/** Every config that decides which database a library speaks to. */
export const configReaders: readonly ConfigReader[] = [prisma];
