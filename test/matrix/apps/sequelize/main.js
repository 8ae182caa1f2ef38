const { DataTypes, Sequelize } = require("sequelize");

const sequelize = new Sequelize(process.env.DATABASE_URL, { logging: false });
const Note = sequelize.define("note", { body: { type: DataTypes.TEXT, allowNull: false } });

async function main() {
  await sequelize.sync();
  await Note.bulkCreate([{ body: "one" }, { body: "two" }]);
  console.log(`ok ${await Note.count()}`);
  await sequelize.close();
}

main();
