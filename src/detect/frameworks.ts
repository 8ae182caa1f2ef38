import type { Ecosystem } from "./ecosystem";

export interface Framework {
  /** The name that is shown: "flask (python)". */
  id: string;
  ecosystem: Ecosystem;
  /** Package names, normalised as in the driver table. */
  packages: readonly string[];
  /** It answers requests on a server, and is not only a build of static files: that decides the app's language. */
  server: boolean;
  /** Its own guide puts it into devDependencies, because the build leaves nothing of it. */
  development?: true;
}

/** Order is priority within an ecosystem: what is built on another framework stands before it. */
export const frameworks: readonly Framework[] = [
  // Node: applications made of frameworks
  { id: "strapi", ecosystem: "node", packages: ["@strapi/strapi", "strapi"], server: true },
  { id: "directus", ecosystem: "node", packages: ["directus"], server: true },
  { id: "payload", ecosystem: "node", packages: ["payload"], server: true },
  { id: "keystone", ecosystem: "node", packages: ["@keystone-6/core", "@keystonejs/keystone"], server: true },
  { id: "medusa", ecosystem: "node", packages: ["@medusajs/medusa"], server: true },
  {
    id: "redwood",
    ecosystem: "node",
    packages: ["@redwoodjs/core", "@redwoodjs/api", "rwsdk"],
    server: true,
    development: true,
  },
  { id: "blitz", ecosystem: "node", packages: ["blitz"], server: true },
  { id: "meteor", ecosystem: "node", packages: ["meteor-node-stubs"], server: true },
  // Node: pages rendered on a server
  { id: "next", ecosystem: "node", packages: ["next"], server: true },
  { id: "nuxt", ecosystem: "node", packages: ["nuxt", "nuxt3", "nuxt-edge"], server: true, development: true },
  {
    id: "remix",
    ecosystem: "node",
    packages: ["@remix-run/node", "@remix-run/react", "@remix-run/serve"],
    server: true,
  },
  {
    id: "react-router",
    ecosystem: "node",
    packages: ["@react-router/node", "@react-router/serve", "@react-router/dev"],
    server: true,
    development: true,
  },
  { id: "sveltekit", ecosystem: "node", packages: ["@sveltejs/kit"], server: true, development: true },
  { id: "solidstart", ecosystem: "node", packages: ["@solidjs/start", "solid-start"], server: true },
  {
    id: "qwik",
    ecosystem: "node",
    packages: ["@builder.io/qwik-city", "@qwik.dev/router"],
    server: true,
    development: true,
  },
  { id: "tanstack-start", ecosystem: "node", packages: ["@tanstack/react-start", "@tanstack/start"], server: true },
  { id: "astro", ecosystem: "node", packages: ["astro"], server: true, development: true },
  // Node: servers
  { id: "nestjs", ecosystem: "node", packages: ["@nestjs/core"], server: true },
  { id: "adonis", ecosystem: "node", packages: ["@adonisjs/core"], server: true },
  { id: "feathers", ecosystem: "node", packages: ["@feathersjs/feathers"], server: true },
  { id: "loopback", ecosystem: "node", packages: ["@loopback/rest", "loopback"], server: true },
  { id: "sails", ecosystem: "node", packages: ["sails"], server: true },
  { id: "moleculer", ecosystem: "node", packages: ["moleculer-web", "moleculer"], server: true },
  { id: "foal", ecosystem: "node", packages: ["@foal/core"], server: true },
  { id: "apollo", ecosystem: "node", packages: ["apollo-server"], server: true },
  { id: "nitro", ecosystem: "node", packages: ["nitropack", "nitro"], server: true, development: true },
  { id: "elysia", ecosystem: "node", packages: ["elysia"], server: true },
  {
    id: "hono",
    ecosystem: "node",
    packages: ["hono", "@jsr/hono__hono", "deno.land/x/hono"],
    server: true,
  },
  { id: "fastify", ecosystem: "node", packages: ["fastify"], server: true },
  { id: "hapi", ecosystem: "node", packages: ["@hapi/hapi", "hapi"], server: true },
  { id: "koa", ecosystem: "node", packages: ["koa"], server: true },
  { id: "restify", ecosystem: "node", packages: ["restify"], server: true },
  { id: "polka", ecosystem: "node", packages: ["polka"], server: true },
  { id: "h3", ecosystem: "node", packages: ["h3"], server: true },
  { id: "express", ecosystem: "node", packages: ["express"], server: true },
  // Deno
  { id: "fresh", ecosystem: "node", packages: ["@jsr/fresh__core", "deno.land/x/fresh"], server: true },
  { id: "oak", ecosystem: "node", packages: ["@jsr/oak__oak", "deno.land/x/oak", "@oakserver/oak"], server: true },
  // Node: builds of static files
  { id: "gatsby", ecosystem: "node", packages: ["gatsby"], server: false, development: true },
  { id: "docusaurus", ecosystem: "node", packages: ["@docusaurus/core"], server: false, development: true },
  { id: "vitepress", ecosystem: "node", packages: ["vitepress"], server: false, development: true },
  { id: "eleventy", ecosystem: "node", packages: ["@11ty/eleventy"], server: false, development: true },
  { id: "angular", ecosystem: "node", packages: ["@angular/core"], server: false },
  { id: "create-react-app", ecosystem: "node", packages: ["react-scripts"], server: false, development: true },
  { id: "vue-cli", ecosystem: "node", packages: ["@vue/cli-service"], server: false, development: true },
  { id: "vite", ecosystem: "node", packages: ["vite"], server: false, development: true },

  // Python
  { id: "wagtail", ecosystem: "python", packages: ["wagtail"], server: true },
  { id: "django", ecosystem: "python", packages: ["django", "djangorestframework", "django-ninja"], server: true },
  { id: "masonite", ecosystem: "python", packages: ["masonite"], server: true },
  { id: "streamlit", ecosystem: "python", packages: ["streamlit"], server: true },
  { id: "gradio", ecosystem: "python", packages: ["gradio"], server: true },
  { id: "dash", ecosystem: "python", packages: ["dash"], server: true },
  { id: "chainlit", ecosystem: "python", packages: ["chainlit"], server: true },
  { id: "nicegui", ecosystem: "python", packages: ["nicegui"], server: true },
  { id: "reflex", ecosystem: "python", packages: ["reflex"], server: true },
  { id: "panel", ecosystem: "python", packages: ["panel"], server: true },
  { id: "fastapi", ecosystem: "python", packages: ["fastapi", "fastapi-slim"], server: true },
  { id: "litestar", ecosystem: "python", packages: ["litestar", "starlite"], server: true },
  {
    id: "flask",
    ecosystem: "python",
    packages: ["flask", "flask-appbuilder", "flask-restx", "apiflask"],
    server: true,
  },
  { id: "quart", ecosystem: "python", packages: ["quart"], server: true },
  { id: "sanic", ecosystem: "python", packages: ["sanic"], server: true },
  { id: "blacksheep", ecosystem: "python", packages: ["blacksheep"], server: true },
  { id: "robyn", ecosystem: "python", packages: ["robyn"], server: true },
  { id: "starlette", ecosystem: "python", packages: ["starlette"], server: true },
  { id: "falcon", ecosystem: "python", packages: ["falcon"], server: true },
  { id: "pyramid", ecosystem: "python", packages: ["pyramid"], server: true },
  { id: "turbogears", ecosystem: "python", packages: ["turbogears2"], server: true },
  { id: "cherrypy", ecosystem: "python", packages: ["cherrypy"], server: true },
  { id: "bottle", ecosystem: "python", packages: ["bottle"], server: true },
  { id: "tornado", ecosystem: "python", packages: ["tornado"], server: true },
  { id: "aiohttp", ecosystem: "python", packages: ["aiohttp"], server: true },

  // Go
  { id: "beego", ecosystem: "go", packages: ["github.com/beego/beego", "github.com/astaxie/beego"], server: true },
  { id: "buffalo", ecosystem: "go", packages: ["github.com/gobuffalo/buffalo"], server: true },
  { id: "revel", ecosystem: "go", packages: ["github.com/revel/revel"], server: true },
  { id: "pocketbase", ecosystem: "go", packages: ["github.com/pocketbase/pocketbase"], server: true },
  { id: "goravel", ecosystem: "go", packages: ["github.com/goravel/framework"], server: true },
  { id: "gofr", ecosystem: "go", packages: ["gofr.dev"], server: true },
  { id: "goframe", ecosystem: "go", packages: ["github.com/gogf/gf"], server: true },
  { id: "go-zero", ecosystem: "go", packages: ["github.com/zeromicro/go-zero"], server: true },
  { id: "kratos", ecosystem: "go", packages: ["github.com/go-kratos/kratos"], server: true },
  { id: "huma", ecosystem: "go", packages: ["github.com/danielgtaylor/huma"], server: true },
  { id: "fuego", ecosystem: "go", packages: ["github.com/go-fuego/fuego"], server: true },
  { id: "gin", ecosystem: "go", packages: ["github.com/gin-gonic/gin"], server: true },
  { id: "echo", ecosystem: "go", packages: ["github.com/labstack/echo"], server: true },
  { id: "fiber", ecosystem: "go", packages: ["github.com/gofiber/fiber"], server: true },
  { id: "hertz", ecosystem: "go", packages: ["github.com/cloudwego/hertz"], server: true },
  { id: "iris", ecosystem: "go", packages: ["github.com/kataras/iris"], server: true },
  { id: "chi", ecosystem: "go", packages: ["github.com/go-chi/chi"], server: true },
  { id: "go-kit", ecosystem: "go", packages: ["github.com/go-kit/kit"], server: true },
  { id: "gorilla/mux", ecosystem: "go", packages: ["github.com/gorilla/mux"], server: true },
  { id: "httprouter", ecosystem: "go", packages: ["github.com/julienschmidt/httprouter"], server: true },

  // Ruby
  { id: "rails", ecosystem: "ruby", packages: ["rails", "railties"], server: true },
  { id: "hanami", ecosystem: "ruby", packages: ["hanami"], server: true },
  { id: "grape", ecosystem: "ruby", packages: ["grape"], server: true },
  { id: "roda", ecosystem: "ruby", packages: ["roda"], server: true },
  { id: "padrino", ecosystem: "ruby", packages: ["padrino"], server: true },
  { id: "sinatra", ecosystem: "ruby", packages: ["sinatra", "sinatra-contrib"], server: true },
  { id: "rack", ecosystem: "ruby", packages: ["rack"], server: true },
  { id: "jekyll", ecosystem: "ruby", packages: ["jekyll"], server: false },

  // PHP
  { id: "laravel", ecosystem: "php", packages: ["laravel/framework", "laravel/lumen-framework"], server: true },
  {
    id: "symfony",
    ecosystem: "php",
    packages: ["symfony/framework-bundle", "symfony/symfony", "api-platform/core", "api-platform/symfony"],
    server: true,
  },
  { id: "drupal", ecosystem: "php", packages: ["drupal/core", "drupal/core-recommended"], server: true },
  { id: "craft", ecosystem: "php", packages: ["craftcms/cms"], server: true },
  { id: "yii", ecosystem: "php", packages: ["yiisoft/yii2"], server: true },
  { id: "cakephp", ecosystem: "php", packages: ["cakephp/cakephp"], server: true },
  { id: "codeigniter", ecosystem: "php", packages: ["codeigniter4/framework", "codeigniter/framework"], server: true },
  { id: "laminas", ecosystem: "php", packages: ["laminas/laminas-mvc", "mezzio/mezzio"], server: true },
  { id: "slim", ecosystem: "php", packages: ["slim/slim"], server: true },

  // The JVM
  {
    id: "spring-boot",
    ecosystem: "jvm",
    packages: [
      "plugin:org.springframework.boot",
      "parent:org.springframework.boot:spring-boot-starter-parent",
      "org.springframework.boot:spring-boot-starter-web",
      "org.springframework.boot:spring-boot-starter-webflux",
      "org.springframework.boot:spring-boot-starter",
    ],
    server: true,
  },
  {
    id: "quarkus",
    ecosystem: "jvm",
    packages: ["plugin:io.quarkus", "io.quarkus:quarkus-rest", "io.quarkus:quarkus-resteasy", "io.quarkus:quarkus-arc"],
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

  // .NET
  { id: "aspnetcore", ecosystem: "dotnet", packages: ["sdk:microsoft.net.sdk.web"], server: true },
  { id: "blazor", ecosystem: "dotnet", packages: ["sdk:microsoft.net.sdk.blazorwebassembly"], server: false },
  { id: "worker", ecosystem: "dotnet", packages: ["sdk:microsoft.net.sdk.worker"], server: true },

  // Rust
  { id: "loco", ecosystem: "rust", packages: ["loco-rs"], server: true },
  { id: "axum", ecosystem: "rust", packages: ["axum"], server: true },
  { id: "actix-web", ecosystem: "rust", packages: ["actix-web"], server: true },
  { id: "rocket", ecosystem: "rust", packages: ["rocket"], server: true },
  { id: "poem", ecosystem: "rust", packages: ["poem"], server: true },
  { id: "salvo", ecosystem: "rust", packages: ["salvo"], server: true },
  { id: "warp", ecosystem: "rust", packages: ["warp"], server: true },
  { id: "tide", ecosystem: "rust", packages: ["tide"], server: true },
  { id: "tonic", ecosystem: "rust", packages: ["tonic"], server: true },
  { id: "hyper", ecosystem: "rust", packages: ["hyper"], server: true },

  // Elixir
  { id: "phoenix", ecosystem: "elixir", packages: ["phoenix"], server: true },
  { id: "plug", ecosystem: "elixir", packages: ["plug_cowboy", "bandit", "plug"], server: true },

  // Dart
  { id: "serverpod", ecosystem: "dart", packages: ["serverpod"], server: true },
  { id: "dart_frog", ecosystem: "dart", packages: ["dart_frog"], server: true },
  { id: "angel3", ecosystem: "dart", packages: ["angel3_framework", "angel_framework"], server: true },
  { id: "conduit", ecosystem: "dart", packages: ["conduit", "conduit_core", "aqueduct"], server: true },
  { id: "alfred", ecosystem: "dart", packages: ["alfred"], server: true },
  { id: "jaspr", ecosystem: "dart", packages: ["jaspr"], server: true },
  { id: "shelf", ecosystem: "dart", packages: ["shelf", "shelf_router"], server: true },
  { id: "flutter", ecosystem: "dart", packages: ["flutter"], server: false },

  // Swift
  { id: "vapor", ecosystem: "swift", packages: ["vapor"], server: true },
  { id: "hummingbird", ecosystem: "swift", packages: ["hummingbird"], server: true },
  { id: "kitura", ecosystem: "swift", packages: ["kitura"], server: true },
  { id: "perfect", ecosystem: "swift", packages: ["perfect-httpserver"], server: true },

  // Crystal
  { id: "lucky", ecosystem: "crystal", packages: ["lucky"], server: true },
  { id: "amber", ecosystem: "crystal", packages: ["amber"], server: true },
  { id: "marten", ecosystem: "crystal", packages: ["marten"], server: true },
  { id: "athena", ecosystem: "crystal", packages: ["athena", "athena-framework"], server: true },
  { id: "spider-gazelle", ecosystem: "crystal", packages: ["action-controller"], server: true },
  { id: "grip", ecosystem: "crystal", packages: ["grip"], server: true },
  { id: "kemal", ecosystem: "crystal", packages: ["kemal"], server: true },

  // Haskell
  { id: "ihp", ecosystem: "haskell", packages: ["ihp"], server: true },
  { id: "yesod", ecosystem: "haskell", packages: ["yesod", "yesod-core"], server: true },
  { id: "servant", ecosystem: "haskell", packages: ["servant-server"], server: true },
  { id: "scotty", ecosystem: "haskell", packages: ["scotty"], server: true },
  { id: "spock", ecosystem: "haskell", packages: ["Spock", "Spock-core"], server: true },
  { id: "snap", ecosystem: "haskell", packages: ["snap", "snap-server"], server: true },
  { id: "happstack", ecosystem: "haskell", packages: ["happstack-server", "happstack-lite"], server: true },
  { id: "twain", ecosystem: "haskell", packages: ["twain"], server: true },
  { id: "wai", ecosystem: "haskell", packages: ["warp"], server: true },
];
