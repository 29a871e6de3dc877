// The official SDK as a judge: node sdk.mjs URL get KEY | put KEY TEXT | list PREFIX | presigned URL
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { createHash } from "node:crypto";

const [endpoint, verb, key, text] = process.argv.slice(2);
const client = new S3Client({ endpoint, region: "us-east-1", forcePathStyle: true, maxAttempts: 1,
  credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" } });
const at = { Bucket: "testb", Key: key };
if (verb === "put") await client.send(new PutObjectCommand({ ...at, Body: text }));
if (verb === "delete") await client.send(new DeleteObjectCommand(at));
if (verb === "list")
  console.log(JSON.stringify((await client.send(new ListObjectsV2Command({ Bucket: "testb", Prefix: key }))).Contents.map((o) => o.Key)));
if (verb === "get") {
  const bytes = await (await client.send(new GetObjectCommand(at))).Body.transformToByteArray();
  console.log(createHash("sha256").update(bytes).digest("hex"));
}
