import type { ConfigReader } from "./config";
import { django } from "./django";
import { ecto } from "./ecto";
import { laravel } from "./laravel";
import { nodeOrms } from "./node-orms";
import { phpConfigs } from "./php-configs";
import { prisma } from "./prisma";
import { rails } from "./rails";
import { spring } from "./spring";
import { symfony } from "./symfony";

/** Every config that decides which database a library speaks to. */
export const configReaders: readonly ConfigReader[] = [
  ...[prisma, ...nodeOrms, django, rails, laravel, symfony, phpConfigs, spring, ecto],
];
