// All rows of the table.
import type { Row } from "../row";
import { CLUSTERS } from "./clusters";
import { COUNTERS } from "./counters";
import { DISTANCES, distanceOf } from "./distances";
import { FAULTS } from "./faults";
import { HOLDS } from "./holds";
import { INCIDENTS } from "./incidents";
import { LITTLE_TRAFFIC } from "./littleTraffic";
import { WARM_UPS } from "./warmUps";

export { DISTANCES, distanceOf };

export const ROWS: readonly Row[] = [
    ...LITTLE_TRAFFIC,
    ...FAULTS,
    ...WARM_UPS,
    ...CLUSTERS,
    ...INCIDENTS,
    ...HOLDS,
    ...COUNTERS,
];
