/** The page's program. */
import "./style/index.css";
import { GatewaySource } from "./connection/gateway-source.js";
import { startPage } from "./start.js";

startPage((connection) => new GatewaySource(connection));
