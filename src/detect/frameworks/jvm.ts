import type { Framework } from "./framework";

export const jvmFrameworks: readonly Framework[] = [
  // The JVM
  {
    id: "spring-boot",
    ecosystem: "jvm",
    packages: [
      "plugin:org.springframework.boot",
      "plugin:org.springframework.boot:spring-boot-maven-plugin",
      "parent:org.springframework.boot:spring-boot-starter-parent",
      "org.springframework.boot:spring-boot-starter-web",
      "org.springframework.boot:spring-boot-starter-webmvc",
      "org.springframework.boot:spring-boot-starter-webflux",
      "org.springframework.boot:spring-boot-starter",
    ],
    server: true,
  },
  {
    id: "quarkus",
    ecosystem: "jvm",
    packages: [
      "plugin:io.quarkus",
      "plugin:io.quarkus.platform:quarkus-maven-plugin",
      "plugin:io.quarkus:quarkus-maven-plugin",
      "io.quarkus:quarkus-rest",
      "io.quarkus:quarkus-resteasy",
      "io.quarkus:quarkus-arc",
    ],
    server: true,
  },
  {
    id: "micronaut",
    ecosystem: "jvm",
    packages: [
      "plugin:io.micronaut.application",
      "parent:io.micronaut.platform:micronaut-parent",
      "io.micronaut:micronaut-http-server-netty",
    ],
    server: true,
  },
  {
    id: "ktor",
    ecosystem: "jvm",
    packages: [
      "plugin:io.ktor.plugin",
      "io.ktor:ktor-server-core",
      "io.ktor:ktor-server-core-jvm",
      "io.ktor:ktor-server-netty",
    ],
    server: true,
  },
  { id: "play", ecosystem: "jvm", packages: ["com.typesafe.play:play", "org.playframework:play"], server: true },
  { id: "vertx", ecosystem: "jvm", packages: ["io.vertx:vertx-web", "io.vertx:vertx-core"], server: true },
  { id: "dropwizard", ecosystem: "jvm", packages: ["io.dropwizard:dropwizard-core"], server: true },
  { id: "javalin", ecosystem: "jvm", packages: ["io.javalin:javalin"], server: true },
  {
    id: "http4s",
    ecosystem: "jvm",
    packages: ["org.http4s:http4s-ember-server", "org.http4s:http4s-blaze-server"],
    server: true,
  },
  {
    id: "akka-http",
    ecosystem: "jvm",
    packages: ["com.typesafe.akka:akka-http", "org.apache.pekko:pekko-http"],
    server: true,
  },
  { id: "zio-http", ecosystem: "jvm", packages: ["dev.zio:zio-http"], server: true },

  // Clojure
  {
    id: "luminus",
    ecosystem: "jvm",
    packages: [
      "luminus-transit:luminus-transit",
      "luminus-undertow:luminus-undertow",
      "luminus-http-kit:luminus-http-kit",
      "luminus-immutant:luminus-immutant",
      "luminus-jetty:luminus-jetty",
    ],
    server: true,
  },
  { id: "kit", ecosystem: "jvm", packages: ["io.github.kit-clj:kit-core"], server: true },
  {
    id: "pedestal",
    ecosystem: "jvm",
    packages: ["io.pedestal:pedestal.service", "io.pedestal:pedestal.jetty", "io.pedestal:pedestal.http-kit"],
    server: true,
  },
  { id: "compojure", ecosystem: "jvm", packages: ["compojure:compojure", "metosin:compojure-api"], server: true },
  { id: "reitit", ecosystem: "jvm", packages: ["metosin:reitit", "metosin:reitit-ring"], server: true },
  {
    id: "ring",
    ecosystem: "jvm",
    packages: [
      "ring:ring",
      "ring:ring-core",
      "ring:ring-jetty-adapter",
      "http-kit:http-kit",
      "info.sunng:ring-jetty9-adapter",
    ],
    server: true,
  },
];
