export { page } from "./page";
