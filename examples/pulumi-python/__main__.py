import pulumi
import pulumi_leash as leash

config = pulumi.Config()
server = leash.ServerArgs(
    host=config.get("host") or "127.0.0.1",
    port=config.get_int("port") or 5432,
    username=config.get("username") or "leash_admin",
    password=config.require_secret("password"),
    sslmode=config.get("sslmode") or "require",
)
# What the server needs once; leave it out where a platform stack has done it.
baseline = leash.LeashServerBaseline("baseline", server=server)
notes = leash.LeashAppDatabase(
    "notes",
    app_name="Notes",
    driver="psycopg",
    server=server,
    opts=pulumi.ResourceOptions(depends_on=[baseline]),
)

pulumi.export("databaseId", notes.database_id)
pulumi.export("databaseUrl", notes.database_url)
